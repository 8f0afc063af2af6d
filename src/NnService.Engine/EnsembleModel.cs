using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Losses;

namespace NnService.Engine;

/// <summary>
/// Several networks with the same inputs and the same target that answer together (<see cref="EnsemblePart"/>). The mean is taken of what they answer,
/// probabilities or values in the target's own units, in float64 and in the order of the parts, and rounded to the precision of the answers.
/// </summary>
internal sealed class EnsembleModel : TrainedModel
{
    private const int RowsAtOnce = 256;

    private readonly TrainedModel[] _parts;
    private readonly double[] _weights;
    private readonly double _total;

    public EnsembleModel(ModelDescription description, byte[] parameterBytes)
        : base(description, parameterBytes)
    {
        var parts = description.Parts;
        if (parts.Count == 0 || description.Ensemble!.Any(part => part.Weight < 1))
            throw new ArgumentException("An ensemble has at least one network, each with a weight of at least 1.", nameof(description));
        _parts = new TrainedModel[parts.Count];
        var start = 0;
        for (var i = 0; i < _parts.Length; i++)
        {
            var length = BytesOf(parts[i]);
            if (start + length > parameterBytes.Length)
                throw new ArgumentException($"There are {parameterBytes.Length} bytes of numbers, too few for {parts.Count} networks.", nameof(parameterBytes));
            _parts[i] = Create(parts[i], parameterBytes[start..(start + length)]);
            if (_parts[i].Outputs != _parts[0].Outputs)
                throw new ArgumentException($"Network {i} has {_parts[i].Outputs} outputs, the first {_parts[0].Outputs}.", nameof(description));
            start += length;
        }

        if (start != parameterBytes.Length)
            throw new ArgumentException($"There are {parameterBytes.Length} bytes of numbers; the networks have {start}.", nameof(parameterBytes));
        _weights = [.. description.Ensemble!.Select(part => (double)part.Weight)];
        _total = description.TotalWeight;
        CheckConformal();
    }

    public override IReadOnlyList<TrainedModel> Parts => _parts;

    public override int Outputs => _parts[0].Outputs;

    public override int ParameterCount => _parts.Sum(part => part.ParameterCount);

    public override IReadOnlyList<ParameterSlice> Slices
    {
        get
        {
            var (slices, start) = (new List<ParameterSlice>(), 0);
            for (var i = 0; i < _parts.Length; i++)
            {
                foreach (var slice in _parts[i].Slices)
                    slices.Add(slice with { Name = NameOf(i, slice.Name), Offset = start + slice.Offset });
                start += _parts[i].ParameterBytes.Length / SizeOf(Description);
            }

            return slices;
        }
    }

    public override IReadOnlyList<(ParameterSlice Slice, double[] Values)> ReadParameters() =>
        [.. _parts.SelectMany((part, i) => part.ReadParameters().Select(read => (read.Slice with { Name = NameOf(i, read.Slice.Name) }, read.Values)))];

    public override double[] ReadNumbers() => [.. _parts.SelectMany(part => part.ReadNumbers())];

    public override void Predict(ReadOnlySpan<double> encoded, int rows, Span<double> answers)
    {
        answers = answers[..checked(rows * Outputs)];
        answers.Clear();
        var (width, own) = (Description.Features.Width, new double[Math.Min(rows, RowsAtOnce) * Outputs]);
        for (var start = 0; start < rows; start += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, rows - start);
            var inputs = encoded.Slice(start * width, count * width);
            var sums = answers.Slice(start * Outputs, count * Outputs);
            for (var i = 0; i < _parts.Length; i++)
            {
                _parts[i].Predict(inputs, count, own);
                for (var at = 0; at < sums.Length; at++)
                    sums[at] += _weights[i] * own[at];
            }

            for (var at = 0; at < sums.Length; at++)
                sums[at] = Rounded(sums[at] / _total);
        }
    }

    public override long BytesToPredict(int rows) => _parts.Max(part => part.BytesToPredict(Math.Min(rows, RowsAtOnce)));

    // The loss is that of answers which are not held within a range, as of one network.
    public override LossMeter Measure(LossSpec loss) =>
        new Meter(Description.Target.Low is null ? this : new EnsembleModel(Description with { Target = Description.Target.Unbounded() }, ParameterBytes), loss);

    /// <summary>The name of an array of a part: <c>networks[1].layers[0].weights</c>.</summary>
    internal static string NameOf(int part, string name) => $"networks[{part}].{name}";

    private double Rounded(double answer) => Description.AnswerPrecision == Precision.Float32 ? (float)answer : answer;

    private static int SizeOf(ModelDescription description) => description.Precision == Precision.Float32 ? sizeof(float) : sizeof(double);

    private static int BytesOf(ModelDescription part)
    {
        var network = Network<double>.Build(part.Network, part.Features.InputLayout(), link: part.Link);
        return checked((network.ParameterCount + network.StateCount) * SizeOf(part));
    }

    // A loss reads the answers, in the units of training; a cross-entropy their logarithms, which are logits whose link they are.
    private sealed class Meter(EnsembleModel model, LossSpec spec) : LossMeter
    {
        private readonly Loss<double> _loss = spec.Build<double>();
        private double _sum;
        private long _rows;

        public override double Value => _loss.IsSum ? _sum : _sum / _rows;

        public override void Add(ReadOnlySpan<double> encoded, ReadOnlySpan<double> targets, int rows)
        {
            var outputs = model.Outputs;
            var answers = new double[checked(rows * outputs)];
            model.Predict(encoded, rows, answers);
            for (var at = 0; at < answers.Length; at++)
                answers[at] = Read(answers[at], at % outputs);
            _sum += _loss.Sum(answers, targets[..answers.Length], [], outputs);
            _rows += rows;
        }

        private static double LogOf(double probability) => Transcendentals.Log(Probability.Inside(probability));

        private double Read(double answer, int output) => spec.Link switch
        {
            OutputLink.Softmax => LogOf(answer),
            OutputLink.Sigmoid => LogOf(answer) - LogOf(1 - answer),
            _ => model.Description.Target.Task == TaskKind.Regression ? model.Description.Target.EncodeValue(output, answer) : answer,
        };
    }
}
