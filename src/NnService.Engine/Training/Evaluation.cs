using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;

namespace NnService.Engine.Training;

/// <summary>Loss and score of a network, of an ensemble those of its one answer, over many rows, in inference mode, chunk by chunk in their order.</summary>
internal sealed class Evaluation<T>(Network<T> network, TrainerOptions options, Team? team)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int UsualExponent = 400; // squares of such numbers, and sums of them, are far from the ends of float64

    private static readonly T s_half = T.CreateChecked(LabelRule.EvenThreshold);
    private static readonly T s_nearTie = T.CreateChecked(1e-3); // logits further apart have different probabilities in float32

    private readonly Loss<T> _loss = options.Loss.Build<T>();
    private readonly int _chunkRows = network.RowsAtOnce;
    private readonly Workspace<T> _workspace = new(network, network.RowsAtOnce, forTraining: false);
    private readonly MemberMean<T>? _mean = network.Members == 1 ? null : new(network, options.Loss.Link, network.RowsAtOnce);
    private readonly Dictionary<Samples<T>, TargetSpread[]> _spreads = [];
    private readonly double[] _errorSquares = new double[network.Outputs];
    private readonly T[] _probabilities = new T[network.Outputs];
    private T[] _room = [];

    /// <summary>Loss and score; the score is null where R² is undefined, because a target does not vary.</summary>
    public (double Loss, double? Score) Run(Samples<T> samples, ReadOnlySpan<T> parameters, Span<T> state)
    {
        MakeRoomFor(samples);
        double sum = 0, weight = 0, right = 0, counted = 0;
        TargetSpread[] spreads = options.Score == ScoreKind.R2 ? SpreadsOf(samples) : [];
        _errorSquares.AsSpan().Clear();
        for (var start = 0; start < samples.Rows; start += _chunkRows)
        {
            var rows = Math.Min(_chunkRows, samples.Rows - start);
            var batch = samples.Range(start, rows, _room);
            var output = network.Forward(_workspace, PassOf(batch, rows, parameters, state));
            sum += _loss.Sum(_mean is null ? output : _mean.Logits(output), batch.Targets, batch.Weights, network.Outputs);
            weight += Loss<T>.TotalWeight(batch.Weights, rows);
            if (_mean is not null)
                output = _mean.Answers(output);
            var rowWeights = samples.RowWeights(start, rows);
            counted += Loss<T>.TotalWeight(rowWeights, rows);
            if (options.Score == ScoreKind.R2)
                AddErrors(output, batch.Targets, rowWeights, spreads);
            else
                right += CountRight(output, batch.Targets, rowWeights);
        }

        return (_loss.IsSum ? sum : sum / weight, options.Score == ScoreKind.R2 ? R2(spreads) : right / counted);
    }

    /// <summary>What is not finite where the loss is not, and the layer.</summary>
    public (DivergedValue Value, int? Layer) Locate(Samples<T> samples, ReadOnlySpan<T> parameters, Span<T> state)
    {
        MakeRoomFor(samples);
        for (var start = 0; start < samples.Rows; start += _chunkRows)
        {
            var rows = Math.Min(_chunkRows, samples.Rows - start);
            var batch = samples.Range(start, rows, _room);
            network.Forward(_workspace, PassOf(batch, rows, parameters, state));
            var found = DivergenceSearch.InForwardPass(network, _workspace, batch.Inputs, rows);
            if (found.Value != DivergedValue.Loss)
                return found;
        }

        return (DivergedValue.Loss, null);
    }

    private void MakeRoomFor(Samples<T> samples)
    {
        if (_room.Length < samples.RoomFor(_chunkRows))
            _room = new T[samples.RoomFor(_chunkRows)];
    }

    private NetworkPass<T> PassOf(Minibatch<T> batch, int rows, ReadOnlySpan<T> parameters, Span<T> state) =>
        new() { Input = batch.Inputs, Rows = rows, Parameters = parameters, State = state, Team = team };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double CountRight(ReadOnlySpan<T> output, ReadOnlySpan<T> target, ReadOnlySpan<T> weights)
    {
        var (right, width) = (0.0, network.Outputs);
        for (int i = 0, row = 0; i < output.Length; i += width, row++)
        {
            var wanted = width == 1 ? (target[i] > s_half ? 1 : 0) : IndexOfGreatest(target.Slice(i, width));
            if (LabelOf(output.Slice(i, width)) == wanted)
                right += weights.IsEmpty ? 1 : double.CreateChecked(weights[row]);
        }

        return right;
    }

    // The label of the probabilities, as predictions give it: two logits may differ by less than their probabilities can show. Further apart the logits say it.
    // Of an ensemble it is the probabilities that come.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int LabelOf(ReadOnlySpan<T> output)
    {
        if (options.Loss.Link == OutputLink.Identity || _mean is not null)
            return LabelRule.Of(output, Positive, s_half);
        if (output.Length == 1)
            return T.Abs(output[0]) > s_nearTie ? (output[0] > T.Zero ? 1 : 0) : LabelRule.Of([Transcendentals.Sigmoid(output[0])], Positive, s_half);
        var top = IndexOfGreatest(output);
        var isNear = false;
        for (var k = 0; k < output.Length; k++)
            isNear |= k != top && output[top] - output[k] <= s_nearTie;
        if (!isNear)
            return top;
        Softmax.Rows(output, output.Length, _probabilities);
        return LabelRule.Of<T>(_probabilities, Positive, s_half);
    }

    // Of a single output the positive label is 1, as its target is.
    private int Positive => network.Outputs == 1 ? 1 : options.PositiveOutput;

    private static int IndexOfGreatest(ReadOnlySpan<T> row) => LabelRule.Of(row, -1, T.Zero);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddErrors(ReadOnlySpan<T> output, ReadOnlySpan<T> target, ReadOnlySpan<T> weights, TargetSpread[] spreads)
    {
        var width = network.Outputs;
        for (int i = 0, k = 0, row = 0; i < output.Length; i++)
        {
            var error = (double.CreateChecked(target[i]) * spreads[k].Unit) - (double.CreateChecked(output[i]) * spreads[k].Unit);
            _errorSquares[k] += weights.IsEmpty ? error * error : error * error * double.CreateChecked(weights[row]);
            if (++k == width)
                (k, row) = (0, row + 1);
        }
    }

    private double? R2(TargetSpread[] spreads)
    {
        var sum = 0.0;
        for (var k = 0; k < network.Outputs; k++)
        {
            if (spreads[k].Squares == 0)
                return null;
            sum += 1 - (_errorSquares[k] / spreads[k].Squares);
        }

        return double.IsFinite(sum) ? sum / network.Outputs : null;
    }

    private TargetSpread[] SpreadsOf(Samples<T> samples)
    {
        if (_spreads.TryGetValue(samples, out var known))
            return known;
        var spreads = new TargetSpread[network.Outputs];
        for (var k = 0; k < spreads.Length; k++)
            spreads[k] = TargetSpread.Of(samples, k, _chunkRows);
        return _spreads[samples] = spreads;
    }

    /// <summary>How far a target varies: Σ w (t − mean)² over the rows that weigh, in squares of a unit that keeps them from overflowing.</summary>
    private readonly record struct TargetSpread(double Squares, double Unit)
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static TargetSpread Of(Samples<T> samples, int output, int chunkRows)
        {
            var (values, weights) = (new List<double>(samples.Rows), new List<double>(samples.RowWeights(0, 1).IsEmpty ? 0 : samples.Rows));
            for (var start = 0; start < samples.Rows; start += chunkRows)
            {
                var rows = Math.Min(chunkRows, samples.Rows - start);
                var targets = samples.Targets(start, rows);
                var rowWeights = samples.RowWeights(start, rows);
                for (var row = 0; row < rows; row++)
                    if (rowWeights.IsEmpty || rowWeights[row] > T.Zero)
                    {
                        values.Add(double.CreateChecked(targets[(row * samples.TargetWidth) + output]));
                        if (!rowWeights.IsEmpty)
                            weights.Add(double.CreateChecked(rowWeights[row]));
                    }
            }

            return Of([.. values], [.. weights]);
        }

        private static TargetSpread Of(double[] values, double[] weights)
        {
            if (values.AsSpan().IndexOfAnyExcept(values[0]) < 0)
                return default;
            var (deviations, exponent) = Magnitude.Differences(values, Magnitude.Mean(values, weights));
            var (squares, power) = Magnitude.Squares(deviations, weights);
            var unit = Math.Abs(power + exponent) <= UsualExponent ? 0 : Math.Max(power + exponent, -1000); // 2^1000 is a number yet
            return new TargetSpread(Math.ScaleB(squares, 2 * (power + exponent - unit)), Math.ScaleB(1, -unit));
        }
    }
}
