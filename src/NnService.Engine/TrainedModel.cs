using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Losses;

namespace NnService.Engine;

/// <summary>A usable result: description and parameters. Immutable; any number of threads may ask it at once.</summary>
public abstract class TrainedModel
{
    private protected TrainedModel(ModelDescription description, byte[] parameterBytes)
    {
        Description = description;
        ParameterBytes = parameterBytes;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(parameterBytes));
    }

    /// <summary>Everything but the numbers.</summary>
    public ModelDescription Description { get; }

    /// <summary>The flat parameter vector and the untrained state behind it, little-endian in the model's precision.</summary>
    public byte[] ParameterBytes { get; }

    /// <summary>Hash of <see cref="ParameterBytes"/>, lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Numbers of an answer: one for each output of the network.</summary>
    public abstract int Outputs { get; }

    /// <summary>The networks of an ensemble, each as a model by itself; of a model of one network that alone.</summary>
    public virtual IReadOnlyList<TrainedModel> Parts => [this];

    /// <summary>Length of the flat parameter vector.</summary>
    public abstract int ParameterCount { get; }

    /// <summary>Each layer's named arrays with their values, in float64.</summary>
    public abstract IReadOnlyList<(Layers.ParameterSlice Slice, double[] Values)> ReadParameters();

    /// <summary>The named arrays of <see cref="ReadNumbers"/>, parameters first, then the untrained state.</summary>
    public abstract IReadOnlyList<Layers.ParameterSlice> Slices { get; }

    /// <summary>All parameters and the untrained state behind them, in float64.</summary>
    public abstract double[] ReadNumbers();

    /// <summary>The answers to encoded rows: probabilities, or targets in their own units.</summary>
    /// <param name="encoded">[rows, width of the features]</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="answers">[rows, outputs], overwritten.</param>
    public abstract void Predict(ReadOnlySpan<double> encoded, int rows, Span<double> answers);

    /// <summary>Memory that it takes to answer so many rows in one call.</summary>
    public abstract long BytesToPredict(int rows);

    /// <summary>Begins to measure a loss over encoded rows and targets, in the units of training.</summary>
    /// <param name="loss">A loss; a cross-entropy needs an output that is a probability or a logit.</param>
    public abstract LossMeter Measure(LossSpec loss);

    /// <summary>A model in the description's precision. Errors: <see cref="ArgumentException"/> where the bytes do not fit the network.</summary>
    public static TrainedModel Create(ModelDescription description, byte[] parameterBytes)
    {
        ArgumentNullException.ThrowIfNull(description);
        if (description.Ensemble is not null)
            return new EnsembleModel(description, parameterBytes);
        return description.Precision == Precision.Float32
            ? new TrainedModel<float>(description, parameterBytes)
            : new TrainedModel<double>(description, parameterBytes);
    }

    private protected void CheckConformal()
    {
        if (Description.Conformal is { } conformal && conformal.Scores.Count != (Description.Target.Task == TaskKind.Regression ? Outputs : 1))
            throw new ArgumentException($"There are conformal scores of {conformal.Scores.Count} targets, which are not the model's.");
        if (Description.Conformal is { OfLogs: true } && !Description.Target.Log1p)
            throw new ArgumentException("The conformal scores are of logarithms (ofLogs), and those of the target were not learnt.");
    }

    /// <summary>The same numbers under another description. Errors: <see cref="ArgumentException"/> where they do not fit it.</summary>
    public TrainedModel With(ModelDescription description) => Create(description, ParameterBytes);

    /// <summary>A model of the given parameters and state.</summary>
    public static TrainedModel Create<T>(ModelDescription description, ReadOnlySpan<T> parameters, ReadOnlySpan<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Create(description, [.. MemoryMarshal.AsBytes(parameters), .. MemoryMarshal.AsBytes(state)]);

    /// <summary>A model of a network whose every weight is given. Errors: <see cref="ArgumentException"/> where one is not.</summary>
    public static TrainedModel FromExplicitWeights(ModelDescription description, NetworkSpec network)
    {
        ArgumentNullException.ThrowIfNull(description);
        return description.Precision == Precision.Float32 ? Build<float>() : Build<double>();

        TrainedModel Build<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var built = Network<T>.Build(network);
            var (parameters, state) = (new T[built.ParameterCount], new T[built.StateCount]);
            built.Initialize(0, parameters, state);
            return Create<T>(description, parameters, state);
        }
    }
}

/// <summary>A model that computes in <typeparamref name="T"/>.</summary>
internal sealed class TrainedModel<T> : TrainedModel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Network<T> _network;
    private readonly ConcurrentBag<Scratch> _pool = []; // never more than calls at once
    private readonly int _rowsAtOnce;

    public TrainedModel(ModelDescription description, byte[] parameterBytes)
        : base(description, parameterBytes)
    {
        _network = Network<T>.Build(description.Network, description.Features.InputLayout(), link: description.Link);
        var numbers = MemoryMarshal.Cast<byte, T>(parameterBytes);
        if (numbers.Length != _network.ParameterCount + _network.StateCount)
            throw new ArgumentException(
                $"There are {numbers.Length} numbers; the network has {_network.ParameterCount} parameters and {_network.StateCount} of state.",
                nameof(parameterBytes));
        _rowsAtOnce = (int)Math.Clamp(RentedVectors<T>.MostKept / Scratch.RoomFor(_network, 1), 1, _network.RowsAtOnce); // of very wide networks fewer rows
        CheckConformal();
    }

    // Read where they are stored: a copy would double a large model.
    private Span<T> Numbers => MemoryMarshal.Cast<byte, T>(ParameterBytes.AsSpan());

    private Span<T> Parameters => Numbers[.._network.ParameterCount];

    private Span<T> State => Numbers[_network.ParameterCount..];

    public override int Outputs => _network.Outputs;

    public override int ParameterCount => _network.ParameterCount;

    public override IReadOnlyList<(ParameterSlice Slice, double[] Values)> ReadParameters() =>
        [.. _network.Slices.Select(slice => (slice, Widen(Parameters.Slice(slice.Offset, slice.Count))))];

    public override IReadOnlyList<ParameterSlice> Slices =>
        [.. _network.Slices, .. _network.StateSlices.Select(slice => slice with { Offset = _network.ParameterCount + slice.Offset })];

    public override double[] ReadNumbers() => Widen(Numbers);

    private static double[] Widen(ReadOnlySpan<T> numbers)
    {
        var widened = new double[numbers.Length];
        Conversion.Widen(numbers, widened);
        return widened;
    }

    public override void Predict(ReadOnlySpan<double> encoded, int rows, Span<double> answers)
    {
        if (rows == 0)
            return;
        var scratch = _pool.TryTake(out var there) ? there : new Scratch(_network, Description.Link);
        using var rented = scratch.Begin(Math.Min(rows, _rowsAtOnce));
        for (var start = 0; start < rows; start += scratch.Rows)
        {
            var count = Math.Min(scratch.Rows, rows - start);
            var output = Forward(scratch, encoded.Slice(start * _network.Inputs, count * _network.Inputs), count);
            Decode(scratch.Mean is { } mean ? mean.Answers(output) : Linked(scratch, output), answers.Slice(start * Outputs, count * Outputs));
        }

        scratch.End();
        _pool.Add(scratch);
    }

    public override long BytesToPredict(int rows) => Scratch.RoomFor(_network, Math.Min(rows, _rowsAtOnce)) * Unsafe.SizeOf<T>();

    public override LossMeter Measure(LossSpec loss) => new Meter(this, loss);

    private ReadOnlySpan<T> Forward(Scratch scratch, ReadOnlySpan<double> encoded, int rows)
    {
        var input = scratch.Input.AsSpan(0, encoded.Length);
        Conversion.Round(encoded, input);
        return scratch.Network.Forward(
            scratch.Workspace, new NetworkPass<T> { Input = input, Rows = rows, Parameters = Parameters, State = State });
    }

    private ReadOnlySpan<T> Linked(Scratch scratch, ReadOnlySpan<T> raw)
    {
        if (Description.Link == OutputLink.Identity)
            return raw;
        var output = scratch.Output.AsSpan(0, raw.Length);
        if (Description.Link == OutputLink.Softmax)
            Softmax.Rows(raw, Outputs, output);
        for (var i = 0; i < output.Length && Description.Link == OutputLink.Sigmoid; i++)
            output[i] = Transcendentals.Sigmoid(raw[i]);
        return output;
    }

    // Regression targets were scaled for training; answers are in their own units and in float64, since a target may lie far from zero: at 1.7e9 float32 has
    // steps of 128.
    private void Decode(ReadOnlySpan<T> output, Span<double> answers)
    {
        Conversion.Widen(output, answers);
        if (Description.Target.Task != TaskKind.Regression)
            return;
        Description.Target.Decode(answers);
    }

    // What a call computes in. Its memory is rented for the call: many models are ready at once, and few of them compute.
    private sealed class Scratch(Network<T> network, OutputLink link)
    {
        public Network<T> Network => network;

        /// <summary>Rows at once, at the most.</summary>
        public int Rows => Workspace.MaxRows;

        public Workspace<T> Workspace { get; } = new(network);

        public ArraySegment<T> Input { get; private set; }

        public ArraySegment<T> Output { get; private set; }

        /// <summary>Null where it is one network.</summary>
        public MemberMean<T>? Mean { get; private set; }

        public static long RoomFor(Network<T> network, int rows) =>
            Workspace<T>.RoomFor(network, rows) + RentedVectors<T>.RoomOf((long)rows * network.Inputs) + RentedVectors<T>.RoomOf((long)rows * network.Outputs);

        public RentedVectors<T> Begin(int rows)
        {
            var rented = new RentedVectors<T>(RoomFor(network, rows));
            Workspace.Use(network, rows, ref rented);
            (Input, Output) = (rented.Take(rows * network.Inputs), rented.Take(rows * network.Outputs));
            Mean = network.Members == 1 ? null : new(network, link, rows);
            return rented;
        }

        public void End()
        {
            Workspace.Release();
            (Input, Output, Mean) = (default, default, null);
        }
    }

    private sealed class Meter : LossMeter
    {
        private readonly TrainedModel<T> _model;
        private readonly Network<T> _network;
        private readonly Loss<T> _loss;
        private readonly Scratch _scratch;
        private readonly T[] _targets;
        private readonly bool _isLinked;
        private double _sum;
        private long _rows;

        public Meter(TrainedModel<T> model, LossSpec loss)
        {
            var description = model.Description;
            _model = model;
            // A cross-entropy reads logits; another loss reads what the network was asked to answer.
            _network = loss.Link == description.Link
                ? model._network
                : Network<T>.Build(description.Network, description.Features.InputLayout(), link: loss.Link);
            _isLinked = loss.Link == OutputLink.Identity && description.Link != OutputLink.Identity && description.Loss is not null
                && description.Network.OutputLayer is DenseSpec { Activation: LinearSpec };
            _loss = loss.Build<T>();
            _scratch = new Scratch(_network, _isLinked ? description.Link : loss.Link);
            _scratch.Begin(_network.RowsAtOnce); // for as long as it measures; then the collector has it
            _targets = new T[_scratch.Rows * model.Outputs];
        }

        public override double Value => _loss.IsSum ? _sum : _sum / _rows;

        public override void Add(ReadOnlySpan<double> encoded, ReadOnlySpan<double> targets, int rows)
        {
            var (inputs, outputs) = (_network.Inputs, _network.Outputs);
            for (var start = 0; start < rows; start += _scratch.Rows)
            {
                var count = Math.Min(_scratch.Rows, rows - start);
                var output = _model.Forward(_scratch, encoded.Slice(start * inputs, count * inputs), count);
                if (_scratch.Mean is { } mean)
                    output = _isLinked ? mean.Answers(output) : mean.Logits(output);
                else if (_isLinked)
                    output = _model.Linked(_scratch, output);
                var target = _targets.AsSpan(0, count * outputs);
                Conversion.Round(targets.Slice(start * outputs, count * outputs), target);
                _sum += _loss.Sum(output, target, [], outputs);
            }

            _rows += rows;
        }
    }
}
