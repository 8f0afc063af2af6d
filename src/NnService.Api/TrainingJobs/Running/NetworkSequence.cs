using System.Numerics;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Kernels;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// Trains the networks of a plan, one after another and each to its own end; mostly there is one. To those who watch it is one run: epochs and steps are
/// counted on from network to network.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="train">Its training rows.</param>
/// <param name="validation">Its validation rows; null without such a part.</param>
/// <param name="team">Threads to share the work with; null for the caller's alone.</param>
/// <param name="progressed">Called after every step with its rows.</param>
internal sealed class NetworkSequence<T>(TrainingPlan plan, Samples<T> train, Samples<T>? validation, Team? team, Action<int> progressed)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IReadOnlyList<TrainingPlan> _plans = plan.Networks;
    private readonly List<FinishedNetwork<T>> _finished = [];

    private Trainer<T> _trainer = TrainerFactory.Create(plan.Networks[0], train, validation, team, progressed);

    /// <summary>Row visits of an epoch, which all networks have in common.</summary>
    public int VisitsPerEpoch => _trainer.VisitsPerEpoch;

    /// <summary>The network that is being trained.</summary>
    public Trainer<T> Current => _trainer;

    /// <summary>Epochs that finished networks did not need.</summary>
    public int EpochsSpared { get; private set; }

    private int EpochsBefore => _finished.Sum(network => network.Epochs);

    private long StepsBefore => _finished.Sum(network => network.Steps);

    /// <summary>Copies out what a run needs to go on from here; see <see cref="Trainer{T}.Capture"/>.</summary>
    public void Capture(Checkpoint<T> into)
    {
        _trainer.Capture(into);
        into.Finished = [.. _finished];
    }

    /// <summary>Goes back to where a run of the same plan was. Errors: <see cref="ArgumentException"/>.</summary>
    public void Resume(Checkpoint<T> from)
    {
        if (from.Finished.Count >= _plans.Count)
            throw new ArgumentException("The checkpoint is of more networks.", nameof(from));
        var trainer = from.Finished.Count == 0 ? _trainer : CreateTrainer(from.Finished.Count);
        trainer.Resume(from);
        _trainer = trainer;
        _finished.Clear();
        _finished.AddRange(from.Finished);
        EpochsSpared = _finished.Sum(EpochsNotNeeded);
    }

    /// <summary>Trains to the end of the last network, or to where others end it.</summary>
    /// <param name="report">Called with every report; epoch 0 is that of the first network.</param>
    /// <param name="control">How others end it early.</param>
    public SequenceOutcome<T> Run(Action<EpochResult> report, TrainingControl control)
    {
        while (true)
        {
            var (epochs, steps) = (EpochsBefore, StepsBefore);
            var outcome = _trainer.Run(result => Report(result, epochs, steps), control);
            var isLast = _finished.Count == _plans.Count - 1;
            var isOver = outcome.End is TrainingEnd.Completed or TrainingEnd.EarlyStopping || (outcome.End == TrainingEnd.Diverged && _plans.Count > 1);
            if (!isOver || isLast)
                return EndAt(outcome);
            _finished.Add(FinishedOf(outcome));
            EpochsSpared += EpochsNotNeeded(_finished[^1]);
            _trainer = CreateTrainer(_finished.Count);
        }

        void Report(EpochResult result, int epochs, long steps)
        {
            if (result.Epoch > 0 || _finished.Count == 0)
                report(Shifted(result, epochs, steps));
        }
    }

    private Trainer<T> CreateTrainer(int index) => TrainerFactory.Create(_plans[index], train, validation, team, progressed);

    private int EpochsNotNeeded(FinishedNetwork<T> network) => plan.Configuration.Epochs!.Value - network.Epochs;

    private FinishedNetwork<T> FinishedOf(TrainingOutcome outcome) => outcome.End == TrainingEnd.Diverged
        ? new([], [], outcome.Epoch, outcome.Last?.Step ?? 0, null)
        : new([.. _trainer.Parameters], [.. _trainer.State], outcome.Epoch, outcome.Last?.Step ?? 0, outcome.Kept);

    private static EpochResult Shifted(EpochResult result, int epochs, long steps) =>
        result with { Epoch = result.Epoch + epochs, Step = result.Step + steps };

    private SequenceOutcome<T> EndAt(TrainingOutcome outcome)
    {
        // Without a validation part to choose by, nothing says whether a network that was ended early is of any use beside those that were not.
        var isLeftOut = outcome.End is TrainingEnd.Stopped or TrainingEnd.TimeLimit && !ModelFactory.CanChoose(plan)
            && _finished.Exists(network => network.IsUsable);
        IReadOnlyList<FinishedNetwork<T>> networks = isLeftOut ? _finished : [.. _finished, FinishedOf(outcome)];
        var (epoch, modelEpoch) = (outcome.Epoch + EpochsBefore, outcome.ModelEpoch + EpochsBefore);
        return new SequenceOutcome<T>(outcome with { Epoch = epoch, ModelEpoch = EpochOfBest(networks) ?? modelEpoch }, networks);
    }

    // Whose parameters the network has that the job's losses are taken from; null where nothing was measured.
    private int? EpochOfBest(IReadOnlyList<FinishedNetwork<T>> networks)
    {
        if (SequenceOutcome<T>.BestOf(networks) is not { Kept: { } kept } best)
            return null;
        var isRestored = plan.Configuration.EarlyStopping!.RestoreBest; // where a network has its last epoch, that is the one it was measured at
        return networks.TakeWhile(network => network != best).Sum(network => network.Epochs) + (isRestored ? kept.Epoch : best.Epochs);
    }
}

/// <summary>How a run of several networks ended.</summary>
/// <param name="Last">How the one that was trained last ended; its epochs count those of the networks before it, and its model's epoch is that of the network
/// which the job's losses are taken from.</param>
/// <param name="Networks">What the plan's networks have come to, as far as they were begun.</param>
internal sealed record SequenceOutcome<T>(TrainingOutcome Last, IReadOnlyList<FinishedNetwork<T>> Networks)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether there is a model to keep. Where one of several networks has diverged, the others are a model.</summary>
    public bool HasModel => Last.End is TrainingEnd.Completed or TrainingEnd.EarlyStopping or TrainingEnd.Stopped or TrainingEnd.TimeLimit
        || (Last.End == TrainingEnd.Diverged && Networks.Any(network => network.IsUsable));

    /// <summary>The report that the job's losses are taken from: of the network with the smallest one; null: nothing was measured.</summary>
    public EpochResult? Kept => BestOf(Networks)?.Kept;

    /// <summary>The network with the smallest loss; null: nothing was measured.</summary>
    public static FinishedNetwork<T>? BestOf(IReadOnlyList<FinishedNetwork<T>> networks) =>
        networks.Where(network => network.Kept is not null).MinBy(network => network.Kept!.ValidationLoss ?? network.Kept.TrainLoss);
}
