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
    private readonly ITrainableNetwork<T> _trainable;
    private readonly Samples<T> _train;
    private readonly Samples<T>? _validation;
    private readonly RowOrder _order;
    private readonly TrainerOptions _options;
    private readonly Loss<T> _loss;
    private readonly Optimizer<T> _optimizer;
    private readonly Schedule _schedule;
    private readonly EarlyStopping<T>? _earlyStopping;
    private readonly bool _stopsEarly;
    private readonly Evaluation<T> _evaluation;
    private readonly int[] _visits;
    private readonly T[] _batchInputs;
    private readonly T[] _batchTargets;
    private readonly T[] _batchWeights;
    private readonly double? _meanWeight; // null: that of each minibatch
    private readonly double _learningRate;
    private readonly bool _lossIsSum;
    private readonly bool _sumsGradient;

    // Where the run is: epochs done, row visits done in this one, and what has been reported. With the vectors, all that a checkpoint holds.
    private int _epoch;
    private int _position;
    private long _step;
    private double _epochLossSum;
    private double _epochWeight;
    private bool _hasStarted;
    private EpochResult? _last;

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

        (_network, _train, _validation, _order, _options) = (network, train, validation, order, options);
        _loss = options.Loss.Build<T>();
        (_lossIsSum, _sumsGradient) = (_loss.IsSum, _loss.IsSum || options.SumGradient);
        _learningRate = options.Optimizer.LearningRate;
        _schedule = options.Schedule.Build(_learningRate, options.Epochs);
        _stopsEarly = options.EarlyStopping is { Patience: > 0 };
        _earlyStopping = options.EarlyStopping is { } spec && (_stopsEarly || spec.RestoreBest) ? new(spec, network.ParameterCount, network.StateCount) : null;
        _evaluation = new(network, options, team);

        var rows = Math.Min(options.BatchSize, order.VisitsPerEpoch);
        if (rows < network.LeastBatchSize)
            throw new ArgumentException(
                $"A minibatch of {rows} has no variance for batchNormalization; it needs at least {network.LeastBatchSize} rows. Or use layerNormalization.",
                nameof(options));
        State = new T[network.StateCount];
        _trainable = TrainableOf(network, State, rows, options, team);
        _optimizer = GroupedOptimizer<T>.Of(options.Optimizer, _trainable.OptimizedCount, network.RateGroups);
        _optimizer.ShareWith(team);
        _visits = new int[order.VisitsPerEpoch];
        _batchInputs = new T[rows * train.InputWidth];
        _batchTargets = new T[rows * train.TargetWidth];
        _batchWeights = new T[train.HasWeights ? rows : 0];
        _meanWeight = options.RulesVersion >= TrainingRules.EqualWeights ? train.TotalWeight() / train.Rows : null;
        network.Initialize(options.Seed, Parameters, State);
        network.Fit(train.Column, State, options.RulesVersion);
    }

    // Tiny networks do without clipping, which takes the norm over the flat gradient.
    private static ITrainableNetwork<T> TrainableOf(Network<T> network, T[] state, int rows, TrainerOptions options, Team? team) =>
        network.Members > 1 ? new TrainableEnsemble<T>(network, state, rows, options, team)
        : (options.GradientClipNorm is null ? TinyNetwork<T>.Of(network, rows) : null)
            ?? (ITrainableNetwork<T>)new TrainableNetwork<T>(network, state, rows, options, team);

    /// <summary>Row visits of an epoch.</summary>
    public int VisitsPerEpoch => _visits.Length;

    /// <summary>The flat parameter vector; starts at the network's initial values for the options' seed.</summary>
    public AlignedVector<T> Parameters => _trainable.Parameters;

    /// <summary>The flat vector of untrained state.</summary>
    public T[] State { get; }

    /// <summary>∂L/∂parameters of the last step, clipped where that was asked for.</summary>
    internal ReadOnlySpan<T> Gradient => _trainable.Gradient;

    /// <summary>The rule that moves the parameters, with its state; in a tiny network as long as the packed parameters.</summary>
    internal Optimizer<T> Optimizer => _optimizer;

    /// <summary>Called with the loss of each minibatch before its update.</summary>
    public Action<double>? MinibatchTrained { get; init; }

    /// <summary>Called after every step with the number of rows it took; for progress.</summary>
    public Action<int>? Progressed { get; init; }

    /// <summary>
    /// Copies everything out that a run needs to go on from here. Between two minibatches, from within <see cref="Progressed"/>, or after a run: one that has
    /// kept its model ends again at once in the same way, where others had ended it after they have asked for it again.
    /// </summary>
    public void Capture(Checkpoint<T> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        into.Fill(_epoch, _position, _step, _epochLossSum, _epochWeight, _last, _earlyStopping?.Best, Vectors(), Scalars());
    }

    /// <summary>
    /// Goes back to where a run of the same network, samples and options was; the next <see cref="Run"/> goes on from there to the same bits.
    /// </summary>
    /// <exception cref="ArgumentException">The checkpoint is of another network or other options.</exception>
    public void Resume(Checkpoint<T> from)
    {
        ArgumentNullException.ThrowIfNull(from);
        _earlyStopping?.Best = from.Best; // which says what is remembered
        from.CopyTo(Vectors(), Scalars());
        (_epoch, _position, _step) = (from.Epoch, from.Position, from.Step);
        (_epochLossSum, _epochWeight, _last) = (from.EpochLossSum, from.EpochWeight, from.Last);
        _hasStarted = true;
    }

    private List<Memory<T>> Vectors() =>
        [Parameters.Memory, State, .. _optimizer.Vectors.Select(vector => vector.Memory), .. _earlyStopping?.Vectors.Select(vector => vector.AsMemory()) ?? []];

    private List<double[]> Scalars() => [.. _optimizer.AllScalars, _schedule.Scalars, .. _earlyStopping?.Scalars ?? []];

    /// <summary>Trains to the end.</summary>
    /// <param name="report">Called with epoch 0 (where the loss is exact) and then after every reported epoch.</param>
    /// <param name="control">How others end the run early; null: nobody does.</param>
    public TrainingOutcome Run(Action<EpochResult>? report = null, TrainingControl? control = null)
    {
        _trainable.Load();
        if (!_hasStarted && DivergenceSearch.InParameters(_network, Parameters) is { } layer)
            return new TrainingOutcome(TrainingEnd.Diverged, 0, 0, null, new Divergence(DivergedValue.Parameters, layer, 0, 0, []));
        if (!_hasStarted && (_options.ExactTrainLoss || (_options.MayKeepStart && _stopsEarly && _options.RulesVersion >= TrainingRules.EqualWeights)))
        {
            var start = Evaluate(0, _schedule.LearningRate(0), isExact: true);
            if (!IsFinite(start))
                return new TrainingOutcome(TrainingEnd.Diverged, 0, 0, null, AfterEpoch(0, start));
            _earlyStopping?.Observe(start, Parameters, State);
            if (_options.ExactTrainLoss)
            {
                _last = start;
                report?.Invoke(start);
            }
        }

        if (_position == 0 && _epoch < _options.Epochs && _last?.Epoch == _epoch && _earlyStopping?.IsOver(_last) == true)
            return Finish(TrainingEnd.EarlyStopping, _epoch, null); // resumed where it had ended
        for (_hasStarted = true; _epoch < _options.Epochs; (_epoch, _position) = (_epoch + 1, 0))
        {
            var learningRate = _schedule.IsStepwise ? RateAt(_visits.Length - 1) : _schedule.LearningRate(_epoch); // as reported: of the last step
            if (RunEpoch(learningRate, control) is { } end)
                return Finish(end.End, _epoch, end.Divergence);

            var done = _epoch + 1;
            var isLast = done == _options.Epochs;
            var isReported = isLast || done % _options.ReportEvery == 0;
            if (!_stopsEarly && !_schedule.Reacts && !isReported)
                continue;
            var result = Evaluate(done, learningRate, _options.ExactTrainLoss);
            if (!IsFinite(result))
                return new TrainingOutcome(TrainingEnd.Diverged, done, done, _last, AfterEpoch(done, result));
            _last = result;
            _schedule.Observe(_epoch, result.ValidationLoss ?? result.TrainLoss);
            var stop = (_stopsEarly || isReported) && _earlyStopping?.Observe(result, Parameters, State) == true;
            if (stop || isReported)
                report?.Invoke(result);
            if (stop && !isLast)
            {
                (_epoch, _position) = (done, 0); // for a capture after the run
                return Finish(TrainingEnd.EarlyStopping, done, null);
            }
        }

        return Finish(TrainingEnd.Completed, _options.Epochs, null);
    }

    private (TrainingEnd End, Divergence? Divergence)? RunEpoch(double learningRate, TrainingControl? control)
    {
        _order.Fill(_epoch, _visits);
        _train.Begin(_visits, _position, control);
        if (_position == 0)
            (_epochLossSum, _epochWeight) = (0, 0);
        var isStepwise = _schedule.IsStepwise;
        while (_position < _visits.Length)
        {
            if (control is not null && Asked(control) is { } end)
                return _trainable.AllFinite() ? (end, null) : (TrainingEnd.Diverged, AfterUpdate(_epoch, _position));
            var rows = BatchAt(_position);
            var loss = Step(rows, _position, isStepwise ? RateAt(_position) : learningRate, out var gradientIsFinite);
            if (!double.IsFinite(loss) || !gradientIsFinite)
                return (TrainingEnd.Diverged, InStep(_epoch, _position, gradientIsFinite));
            _position += rows.Length;
            MinibatchTrained?.Invoke(loss);
            Progressed?.Invoke(rows.Length);
        }

        // The last update of an epoch has no loss after it that must show what went wrong.
        return _trainable.AllFinite() ? null : (TrainingEnd.Diverged, AfterUpdate(_epoch, _visits.Length));
    }

    // Of the step that the row at a place of the epoch's order takes part in.
    private double RateAt(int position)
    {
        var steps = (_visits.Length + _options.BatchSize - 1) / _options.BatchSize;
        return _schedule.LearningRate(_epoch, position / _options.BatchSize / (double)steps);
    }

    private static TrainingEnd? Asked(TrainingControl control) => control.Request switch
    {
        TrainingRequest.Stop => TrainingEnd.Stopped,
        TrainingRequest.TimeLimit => TrainingEnd.TimeLimit,
        TrainingRequest.Cancel => TrainingEnd.Cancelled,
        TrainingRequest.Pause => TrainingEnd.Paused,
        TrainingRequest.Interrupt => TrainingEnd.Interrupted,
        _ => null,
    };

    private ReadOnlySpan<int> BatchAt(int start) => _visits.AsSpan(start, Math.Min(_options.BatchSize, _visits.Length - start));

    /// <summary>
    /// One step of gradient descent on the given rows; the minibatch's loss before it. No update where the loss, or the norm that clips, is not finite.
    /// </summary>
    private double Step(ReadOnlySpan<int> rows, int at, double learningRate, out bool gradientIsFinite)
    {
        var batch = _train.Batch(rows, at, _batchInputs, _batchTargets, _batchWeights);
        var weight = Loss<T>.TotalWeight(batch.Weights, rows.Length);
        // Of the training part's mean weight, not this minibatch's, which would take from heavy rows where they are rare (decision 81).
        var usual = rows.Length * _meanWeight ?? weight;
        var inverse = usual > 0 && T.IsFinite(T.CreateChecked(1 / usual)) ? 1 / usual : 0; // rows that all weigh nothing, or next to nothing, teach nothing
        var scale = _sumsGradient ? 1.0 : inverse;
        var sum = _trainable.Learn(batch, rows.Length, _step, _loss, scale, out gradientIsFinite);
        if (!double.IsFinite(sum) || !gradientIsFinite)
            return sum;

        _trainable.Update(_optimizer, learningRate);
        _step++;
        _epochLossSum += sum;
        _epochWeight += weight;
        return _lossIsSum ? sum : sum * inverse;
    }

    private EpochResult Evaluate(int epoch, double learningRate, bool isExact)
    {
        var hasNoMean = _epochWeight == 0 && !_loss.IsSum; // all rows that were drawn weigh nothing
        var (trainLoss, trainScore) = isExact || hasNoMean
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
        if (!_trainable.AllFinite())
            return AfterUpdate(epoch, start);
        var rows = BatchAt(start);
        var inputs = _train.Batch(rows, start, _batchInputs, _batchTargets, _batchWeights).Inputs;
        var (value, layer) = gradientIsFinite
            ? DivergenceSearch.InForwardPass(_network, _trainable.LayerOutputs(inputs, rows.Length), inputs, rows.Length)
            : DivergenceSearch.InUpdate(_network, Parameters, Gradient);
        return new Divergence(value, layer, _step + 1, epoch + 1, rows.ToArray());
    }

    private Divergence AfterUpdate(int epoch, int nextStart)
    {
        var (value, layer) = DivergenceSearch.InUpdate(_network, Parameters, Gradient);
        var rows = BatchAt((nextStart - 1) / _options.BatchSize * _options.BatchSize);
        return new Divergence(value, layer, _step, epoch + 1, rows.ToArray());
    }

    private Divergence AfterEpoch(int epoch, EpochResult result)
    {
        var samples = double.IsFinite(result.TrainLoss) ? _validation! : _train;
        var (value, layer) = _evaluation.Locate(samples, Parameters, State);
        return new Divergence(value, layer, _step, epoch, []);
    }

    private TrainingOutcome Finish(TrainingEnd end, int epoch, Divergence? divergence)
    {
        var isLeft = end is TrainingEnd.Stopped or TrainingEnd.TimeLimit;
        if (!isLeft && end is not (TrainingEnd.Completed or TrainingEnd.EarlyStopping))
            return new TrainingOutcome(end, epoch, epoch, _last, divergence);
        var best = isLeft || _stopsEarly ? _earlyStopping?.Kept : null;
        // Only as it was drawn: better than that is whatever it has learnt, though nobody has measured it.
        if (isLeft && best is { Epoch: 0 } && (_last?.Epoch ?? 0) == 0 && !_options.MayKeepStart)
            best = null;
        var modelEpoch = best is null ? epoch : _earlyStopping!.Restore(Parameters, State);
        return new TrainingOutcome(end, epoch, modelEpoch, _last, null) { Kept = best ?? _last };
    }
}
