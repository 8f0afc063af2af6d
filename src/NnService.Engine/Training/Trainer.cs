using System.Numerics;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;

namespace NnService.Engine.Training;

/// <summary>
/// Minibatch gradient descent: for every epoch, for every minibatch in the epoch's order: forward, loss, backward, one step of the optimizer.
/// The result is a pure function of network, samples and options: neither threads nor the time of day have a say in it.
/// </summary>
public sealed class Trainer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Network<T> _network;
    private readonly Samples<T> _train;
    private readonly Samples<T>? _validation;
    private readonly RowOrder _order;
    private readonly TrainerOptions _options;
    private readonly Team? _team;
    private readonly Loss<T> _loss;
    private readonly Optimizer<T> _optimizer;
    private readonly Schedule _schedule;
    private readonly EarlyStopping<T>? _earlyStopping;
    private readonly Evaluation<T> _evaluation;
    private readonly Workspace<T> _workspace;
    private readonly T[] _gradient;
    private readonly T[] _outputGradient;
    private readonly int[] _visits;
    private readonly T[] _batchInputs;
    private readonly T[] _batchTargets;
    private readonly T[] _batchWeights;
    private readonly double _learningRate;

    private long _step;
    private double _epochLossSum;
    private double _epochWeight;

    /// <param name="network">Built with the link of the options' loss.</param>
    /// <param name="train">The training part.</param>
    /// <param name="validation">The validation part; null without one.</param>
    /// <param name="order">The order of the training rows.</param>
    /// <param name="options">How to train.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone. The result does not depend on it.</param>
    public Trainer(
        Network<T> network, Samples<T> train, Samples<T>? validation, RowOrder order, TrainerOptions options, Team? team = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(options);
        if (train.InputWidth != network.Inputs || train.TargetWidth != network.Outputs)
            throw new ArgumentException(
                $"The samples are {train.InputWidth} → {train.TargetWidth}, the network is {network.Inputs} → {network.Outputs}.", nameof(train));

        (_network, _train, _validation, _order, _options, _team) = (network, train, validation, order, options, team);
        _loss = options.Loss.Build<T>();
        _optimizer = options.Optimizer.Build<T>(network.ParameterCount);
        _learningRate = options.Optimizer.LearningRate;
        _schedule = options.Schedule.Build(_learningRate, options.Epochs);
        _earlyStopping = options.EarlyStopping is { Patience: > 0 } spec ? new(spec, network.ParameterCount, network.StateCount) : null;
        _evaluation = new(network, options.Loss, options.Score, team);

        var rows = Math.Min(options.BatchSize, order.VisitsPerEpoch);
        if (rows < network.LeastBatchSize)
            throw new ArgumentException(
                $"A minibatch of {rows} has no variance for batchNormalization; it needs at least {network.LeastBatchSize} rows. Or use layerNormalization.",
                nameof(options));
        _workspace = new(network, rows, forTraining: true);
        _gradient = new T[network.ParameterCount];
        _outputGradient = new T[rows * network.Outputs];
        _visits = new int[order.VisitsPerEpoch];
        _batchInputs = new T[rows * train.InputWidth];
        _batchTargets = new T[rows * train.TargetWidth];
        _batchWeights = new T[train.HasWeights ? rows : 0];
        Parameters = new T[network.ParameterCount];
        State = new T[network.StateCount];
        network.Initialize(options.Seed, Parameters, State);
    }

    /// <summary>The flat parameter vector; starts at the network's initial values for the options' seed.</summary>
    public T[] Parameters { get; }

    /// <summary>The flat vector of untrained state.</summary>
    public T[] State { get; }

    /// <summary>∂L/∂parameters of the last step, clipped where that was asked for.</summary>
    internal ReadOnlySpan<T> Gradient => _gradient;

    /// <summary>The rule that moves the parameters, with its state.</summary>
    internal Optimizer<T> Optimizer => _optimizer;

    /// <summary>Called with the loss of each minibatch before its update.</summary>
    public Action<double>? MinibatchTrained { get; init; }

    /// <summary>Called after every step with the number of rows it took; for progress.</summary>
    public Action<int>? Progressed { get; init; }

    /// <summary>Trains to the end.</summary>
    /// <param name="report">Called with epoch 0 (where the loss is exact) and then after every reported epoch.</param>
    /// <param name="control">How others end the run early; null: nobody does.</param>
    public TrainingOutcome Run(Action<EpochResult>? report = null, TrainingControl? control = null)
    {
        EpochResult? last = null;
        if (_options.ExactTrainLoss)
        {
            last = Evaluate(0, _schedule.LearningRate(0));
            if (!IsFinite(last))
                return new TrainingOutcome(TrainingEnd.Diverged, 0, 0, null, AfterEpoch(0, last));
            report?.Invoke(last);
            _earlyStopping?.Observe(last, Parameters, State);
        }

        for (var epoch = 0; epoch < _options.Epochs; epoch++)
        {
            var learningRate = _schedule.LearningRate(epoch);
            if (RunEpoch(epoch, learningRate, control) is { } end)
                return Finish(end.End, epoch, last, end.Divergence);

            var isLast = epoch + 1 == _options.Epochs;
            if (_earlyStopping is null && !_schedule.Reacts && !isLast && (epoch + 1) % _options.ReportEvery != 0)
                continue;
            var result = Evaluate(epoch + 1, learningRate);
            if (!IsFinite(result))
                return new TrainingOutcome(TrainingEnd.Diverged, epoch + 1, epoch + 1, last, AfterEpoch(epoch + 1, result));
            last = result;
            _schedule.Observe(epoch, last.ValidationLoss ?? last.TrainLoss);
            var stop = _earlyStopping?.Observe(last, Parameters, State) == true;
            if (stop || isLast || (epoch + 1) % _options.ReportEvery == 0)
                report?.Invoke(last);
            if (stop && !isLast)
                return Finish(TrainingEnd.EarlyStopping, epoch + 1, last, null);
        }

        return Finish(TrainingEnd.Completed, _options.Epochs, last, null);
    }

    private (TrainingEnd End, Divergence? Divergence)? RunEpoch(int epoch, double learningRate, TrainingControl? control)
    {
        _order.Fill(epoch, _visits);
        (_epochLossSum, _epochWeight) = (0, 0);
        for (var start = 0; start < _visits.Length; start += _options.BatchSize)
        {
            if (Asked(control) is { } end)
                return DivergenceSearch.AllFinite<T>(Parameters) ? (end, null) : (TrainingEnd.Diverged, AfterUpdate(epoch, start));
            var rows = BatchAt(start);
            var loss = Step(rows, learningRate, out var gradientIsFinite);
            if (!double.IsFinite(loss) || !gradientIsFinite)
                return (TrainingEnd.Diverged, InStep(epoch, start, gradientIsFinite));
            MinibatchTrained?.Invoke(loss);
            Progressed?.Invoke(rows.Length);
        }

        // The last update of an epoch has no loss after it that must show what went wrong.
        return DivergenceSearch.AllFinite<T>(Parameters) ? null : (TrainingEnd.Diverged, AfterUpdate(epoch, _visits.Length));
    }

    private static TrainingEnd? Asked(TrainingControl? control) => control?.Request switch
    {
        TrainingRequest.Stop => TrainingEnd.Stopped,
        TrainingRequest.TimeLimit => TrainingEnd.TimeLimit,
        TrainingRequest.Cancel => TrainingEnd.Cancelled,
        TrainingRequest.Interrupt => TrainingEnd.Interrupted,
        _ => null,
    };

    private ReadOnlySpan<int> BatchAt(int start) => _visits.AsSpan(start, Math.Min(_options.BatchSize, _visits.Length - start));

    /// <summary>
    /// One step of gradient descent on the given rows; the minibatch's loss before it. No update where the loss, or the norm that clips, is not finite.
    /// </summary>
    private double Step(ReadOnlySpan<int> rows, double learningRate, out bool gradientIsFinite)
    {
        gradientIsFinite = true;
        var inputs = _batchInputs.AsSpan(0, rows.Length * _network.Inputs);
        var targets = _batchTargets.AsSpan(0, rows.Length * _network.Outputs);
        var weights = _batchWeights.AsSpan(0, _train.HasWeights ? rows.Length : 0);
        _train.Gather(rows, inputs, targets, weights);

        var pass = new NetworkPass<T>
        {
            Input = inputs,
            Rows = rows.Length,
            Parameters = Parameters,
            State = State,
            Training = true,
            Seed = _options.Seed,
            Step = _step,
            Team = _team,
        };
        var output = _network.Forward(_workspace, pass);

        var weight = Loss<T>.TotalWeight(weights, rows.Length);
        var inverse = weight > 0 ? 1 / weight : 0; // a minibatch whose classes all weigh nothing teaches nothing
        var outputGradient = _outputGradient.AsSpan(0, output.Length);
        var scale = _loss.IsSum || _options.SumGradient ? 1.0 : inverse;
        var sum = _loss.SumAndGradient(output, targets, weights, _network.Outputs, T.CreateChecked(scale), outputGradient);
        if (!double.IsFinite(sum))
            return sum;

        _network.Backward(_workspace, pass, outputGradient, _gradient);
        if (_options.GradientClipNorm is { } most)
            gradientIsFinite = GradientClipping.Clip<T>(_gradient, most);
        if (!gradientIsFinite)
            return sum;

        _optimizer.Step(Parameters, _gradient, learningRate);
        _step++;
        _epochLossSum += sum;
        _epochWeight += weight;
        return _loss.IsSum ? sum : sum * inverse;
    }

    private EpochResult Evaluate(int epoch, double learningRate)
    {
        var (trainLoss, trainScore) = _options.ExactTrainLoss
            ? _evaluation.Run(_train, Parameters, State)
            : (_loss.IsSum ? _epochLossSum : _epochLossSum / _epochWeight, (double?)null);
        if (_validation is null)
            return new EpochResult(epoch, _step, trainLoss, null, learningRate, trainScore, null);
        var (validationLoss, validationScore) = _evaluation.Run(_validation, Parameters, State);
        return new EpochResult(epoch, _step, trainLoss, validationLoss, learningRate, trainScore, validationScore);
    }

    private static bool IsFinite(EpochResult result) => double.IsFinite(result.TrainLoss) && double.IsFinite(result.ValidationLoss ?? 0);

    // A gradient that is not finite makes parameters that are not, and these the next loss: where parameters are not finite, the step before is to blame,
    // and its gradient is still there. So good steps pay nothing for the report.
    private Divergence InStep(int epoch, int start, bool gradientIsFinite)
    {
        if (!DivergenceSearch.AllFinite<T>(Parameters))
            return AfterUpdate(epoch, start);
        var rows = BatchAt(start);
        var (value, layer) = gradientIsFinite
            ? DivergenceSearch.InForwardPass(_network, _workspace, _batchInputs.AsSpan(0, rows.Length * _network.Inputs), rows.Length)
            : DivergenceSearch.InUpdate<T>(_network, Parameters, _gradient);
        return new Divergence(value, layer, _step + 1, epoch + 1, rows.ToArray());
    }

    private Divergence AfterUpdate(int epoch, int nextStart)
    {
        var (value, layer) = DivergenceSearch.InUpdate<T>(_network, Parameters, _gradient);
        var rows = BatchAt((nextStart - 1) / _options.BatchSize * _options.BatchSize);
        return new Divergence(value, layer, _step, epoch + 1, rows.ToArray());
    }

    private Divergence AfterEpoch(int epoch, EpochResult result)
    {
        var samples = double.IsFinite(result.TrainLoss) ? _validation! : _train;
        var (value, layer) = _evaluation.Locate(samples, Parameters, State);
        return new Divergence(value, layer, _step, epoch, []);
    }

    private TrainingOutcome Finish(TrainingEnd end, int epoch, EpochResult? last, Divergence? divergence)
    {
        var keepsModel = end is TrainingEnd.Completed or TrainingEnd.EarlyStopping or TrainingEnd.Stopped or TrainingEnd.TimeLimit;
        var modelEpoch = keepsModel && _earlyStopping is not null ? _earlyStopping.Restore(epoch, Parameters, State) : epoch;
        return new TrainingOutcome(end, epoch, modelEpoch, last, divergence) { Kept = keepsModel ? _earlyStopping?.Best ?? last : null };
    }
}

/// <summary>How a run ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Epoch">Whole epochs trained.</param>
/// <param name="ModelEpoch">The epoch whose parameters the trainer now holds.</param>
/// <param name="Last">The last report; null where there was none.</param>
/// <param name="Divergence">What was not finite; null where all was.</param>
public sealed record TrainingOutcome(TrainingEnd End, int Epoch, int ModelEpoch, EpochResult? Last, Divergence? Divergence)
{
    /// <summary>The report of the epoch whose parameters are the model: the best one where early stopping restores it, else the last one that was measured; null where there is no model.</summary>
    public EpochResult? Kept { get; init; }
}

/// <summary>Why a run ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs are done.</summary>
    Completed,

    /// <summary>The monitored loss had stopped improving.</summary>
    EarlyStopping,

    /// <summary>Somebody asked for it, and the model is kept.</summary>
    Stopped,

    /// <summary>The time was up; the model is kept.</summary>
    TimeLimit,

    /// <summary>Somebody asked for it, and nothing is kept.</summary>
    Cancelled,

    /// <summary>The process is ending.</summary>
    Interrupted,

    /// <summary>A loss, gradient or parameter was not finite.</summary>
    Diverged,
}
