using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Models;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>A saved run. The row is the truth: whatever a worker knows and has not written here did not happen.</summary>
internal sealed class TrainingJob
{
    /// <summary>Begins the reason of a transition: a node has given it to others, since it lacks something that they may have.</summary>
    public const string PassedOn = "its node could not ";

    private const string ClaimedByNode = "claimed by ";

    /// <summary>Deaths of the process in a row after which a job is given up.</summary>
    public const int MostDeaths = 5;

    private string _warnings = "[]";

    public long Number { get; init; }

    public required Guid Id { get; init; }

    public JobState State { get; private set; } = JobState.Queued;

    public StopReason? StopReason { get; private set; }

    /// <summary>Claims so far; every write of a run says which claim it belongs to.</summary>
    public int Attempt { get; private set; }

    public required int Priority { get; init; }

    public required string DatasetName { get; init; }

    /// <summary>Null where the network stands in the configuration itself.</summary>
    public required string? NetworkName { get; init; }

    /// <summary>The model whose weights are the start; null: none.</summary>
    public required string? InitialModelName { get; init; }

    public required string ModelName { get; init; }

    /// <summary>The id of the study that it belongs to; null: to none.</summary>
    public Guid? StudyId { get; init; }

    /// <summary>Which of the study's trials it is; null: none.</summary>
    public int? Trial { get; init; }

    /// <summary>The epoch after which it holds until its study lets it go on; null: it does not hold.</summary>
    public int? HoldsAfter { get; private set; }

    /// <summary>The resolved configuration as JSON, every default filled in.</summary>
    public required string Configuration { get; init; }

    /// <summary>The network's spec as JSON: the job outlives a network that is deleted after it.</summary>
    public required string NetworkSpec { get; init; }

    /// <summary>Sentences as a JSON array.</summary>
    public required string Warnings { get => _warnings; init => _warnings = value; }

    public required DateTime CreatedAt { get; init; }

    public DateTime? StartedAt { get; private set; }

    public DateTime? EndedAt { get; private set; }

    /// <summary>What it has been asked for and has not done yet; null: nothing.</summary>
    public JobRequest? Requested { get; private set; }

    /// <summary>Deaths of the process in a row while it trained this job, without a new checkpoint between them.</summary>
    public int Deaths { get; private set; }

    /// <summary>The generation of its latest checkpoint at the last death, or at a pause or stop since then; 0: it had none.</summary>
    public long GenerationAtDeath { get; private set; }

    /// <summary>Whether there must be a checkpoint of it.</summary>
    public bool HasBeenSaved => GenerationAtDeath > 0;

    /// <summary>Whether its run has left it in good order to the next start.</summary>
    public bool IsLeft { get; private set; }

    public int Epoch { get; private set; }

    /// <summary>The epoch of the last point of its history; −1 before the first.</summary>
    public int LastPoint { get; private set; } = -1;

    /// <summary>The epoch with the smallest monitored loss, at the end that of the model where the best one was restored; null before the first
    /// report.</summary>
    public int? BestEpoch { get; private set; }

    /// <summary>Share of the steps that are done, 0 to 1; 1 also where the training has ended before the last epoch.</summary>
    public double ShareDone { get; private set; }

    /// <summary>What it does; null unless it is running. A run that was left in its evaluation counts as training until it has been taken up, which gives it an
    /// etaSeconds.</summary>
    public JobStage? Stage => State != JobState.Running ? null : ShareDone == 1 && EtaSeconds is not null ? JobStage.Evaluating : JobStage.Training;

    public double? EtaSeconds { get; private set; }

    public required int Epochs { get; init; }

    public double? TrainLoss { get; private set; }

    public double? ValidationLoss { get; private set; }

    public double? SamplesPerSecond { get; private set; }

    public int? ModelVersion { get; private set; }

    /// <summary>Metrics of each part as JSON; null until the job has succeeded.</summary>
    public string? Metrics { get; private set; }

    /// <summary>The metrics without the tables that a list leaves out; null where that is all of them, or where a version before this one has written
    /// them.</summary>
    public string? Summary { get; private set; }

    /// <summary>A problem as JSON; null unless the job has failed.</summary>
    public string? Error { get; private set; }

    public List<JobTransition> Transitions { get; } = [];

    /// <summary>Whether it has reached the epoch after which it holds.</summary>
    public bool IsAtHold => HoldsAfter is { } epoch && LastPoint >= epoch;

    public bool HasEnded => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>How often nodes have given it to others.</summary>
    public static int TimesPassedOn(AppDbContext db, TrainingJob job) =>
        db.JobTransitions.Count(transition => transition.JobNumber == job.Number && transition.Reason.StartsWith(PassedOn));

    /// <summary>A new job is ready to be saved.</summary>
    /// <param name="holdsAfter">The epoch after which it holds; null: none.</param>
    /// <param name="why">The reason of its first transition.</param>
    public void Create(int? holdsAfter = null, string why = "created")
    {
        HoldsAfter = holdsAfter;
        Record(JobState.Queued, CreatedAt, why);
    }

    /// <param name="now">The time.</param>
    /// <param name="node">Who claims it; null: the only process there is.</param>
    public void Claim(DateTime now, string? node = null)
    {
        Require(JobState.Queued);
        Attempt++;
        StartedAt ??= now;
        Move(JobState.Running, now, node is null ? $"claimed, attempt {Attempt}" : $"{ClaimedByNode}{node}{OfAttempt}");
    }

    /// <summary>The node that has claimed its attempt; its transitions must have been read. Null: the only process there is.</summary>
    public string? ClaimedBy() =>
        Transitions.Where(transition => transition.State == JobState.Running).MaxBy(transition => transition.Number)?.Reason is { } reason
            && reason.StartsWith(ClaimedByNode, StringComparison.Ordinal) && reason.EndsWith(OfAttempt, StringComparison.Ordinal)
            ? reason[ClaimedByNode.Length..^OfAttempt.Length] : null;

    private string OfAttempt => $", attempt {Attempt}";

    /// <summary>A run takes up where the checkpoint is, or starts over.</summary>
    /// <param name="lastPoint">The history's last point that counts; −1: none.</param>
    /// <param name="bestEpoch">The best epoch up to there; null: there is none.</param>
    /// <param name="shareDone">Share of the steps that are done there.</param>
    /// <param name="generation">Of its latest checkpoint; 0: none, and later ones are counted from there.</param>
    public void TakeUp(int lastPoint, int? bestEpoch, double shareDone, long generation)
    {
        Require(JobState.Running);
        GenerationAtDeath = Math.Min(GenerationAtDeath, generation);
        (Epoch, LastPoint, BestEpoch, ShareDone) = (Math.Max(lastPoint, 0), lastPoint, bestEpoch, shareDone);
        if (lastPoint < 0)
            (TrainLoss, ValidationLoss) = (null, null);
    }

    public void Progress(HistoryPoint? latest, int? bestEpoch, RunProgress progress)
    {
        Require(JobState.Running);
        BestEpoch = bestEpoch;
        (Epoch, ShareDone, EtaSeconds, SamplesPerSecond) = (progress.Epoch, progress.ShareDone, progress.EtaSeconds, progress.SamplesPerSecond);
        if (latest is not null)
            (LastPoint, TrainLoss, ValidationLoss) = (latest.Epoch, latest.TrainLoss, latest.ValidationLoss);
    }

    /// <summary>The training has ended, the metrics are under way.</summary>
    /// <param name="etaSeconds">Until they are there.</param>
    public void Evaluate(double etaSeconds)
    {
        Require(JobState.Running);
        EtaSeconds = etaSeconds;
    }

    /// <summary>The run has saved where it is and goes, because the process is stopping: the job stays `running` for the next start.</summary>
    /// <param name="generation">Of its latest checkpoint.</param>
    public void Leave(long generation)
    {
        Require(JobState.Running);
        Saved(generation);
        IsLeft = true;
    }

    /// <summary>The process that ran it has stopped or died, or its run broke off as if it had. Back into the queue, or held or given up.</summary>
    /// <param name="now">The time.</param>
    /// <param name="generation">Of its latest checkpoint; 0: none.</param>
    /// <param name="problem">What is said where it has died too often.</param>
    /// <param name="why">What it died of, as a reason.</param>
    public void TakeBack(DateTime now, long generation, Func<string> problem, string why = "the process that ran it ended")
    {
        Require(JobState.Running);
        if (!IsLeft)
            (Deaths, GenerationAtDeath) = (generation > GenerationAtDeath ? 1 : Deaths + 1, Math.Max(generation, GenerationAtDeath));
        if (!IsLeft && Deaths >= MostDeaths)
            Fail(now, TrainingJobs.StopReason.Error, problem());
        else if (Requested == JobRequest.Pause)
            Hold(now);
        else
            Move(JobState.Queued, now, IsLeft ? "the service was stopped" : why);
        (IsLeft, EtaSeconds) = (false, null);
    }

    /// <summary>Asks for the end with the model as it is. Nothing to keep before the first claim: then it is cancelled. False where it has ended
    /// otherwise.</summary>
    public bool Stop(DateTime now)
    {
        if (HasEnded)
            return StopReason == TrainingJobs.StopReason.Stopped;
        if (Attempt == 0)
        {
            StopReason = TrainingJobs.StopReason.Stopped;
            End(JobState.Cancelled, now, "stopped before it had started");
            return true;
        }

        (Requested, HoldsAfter) = (JobRequest.Stop, null);
        if (State == JobState.Paused)
            Move(JobState.Queued, now, "stopped: the model is made of what was saved");
        return true;
    }

    /// <summary>Asks for a pause. False where it has ended or is to stop.</summary>
    public bool Pause(DateTime now)
    {
        if (HasEnded || Requested == JobRequest.Stop)
            return false;
        if (State == JobState.Queued)
            Hold(now);
        else if (State == JobState.Running)
            Requested = JobRequest.Pause;
        return true;
    }

    /// <summary>The run has saved where it is after a request to pause: held, or queued again where somebody has resumed it meanwhile.</summary>
    /// <param name="now">The time.</param>
    /// <param name="generation">Of its latest checkpoint.</param>
    public void Interrupted(DateTime now, long generation)
    {
        Require(JobState.Running);
        Saved(generation);
        if (Requested == JobRequest.Pause || (Requested is null && IsAtHold))
            Hold(now);
        else
            Move(JobState.Queued, now, Requested == JobRequest.Stop ? "asked to stop before it was held" : "resumed before it was held");
        EtaSeconds = null;
    }

    /// <summary>The run cannot go on now, and others may: queued again, or held where that was asked for.</summary>
    /// <param name="now">The time.</param>
    /// <param name="generation">Of its latest checkpoint.</param>
    /// <param name="why">The reason.</param>
    public void GiveBack(DateTime now, long generation, string why)
    {
        Require(JobState.Running);
        Saved(generation);
        if (Requested == JobRequest.Pause)
            Hold(now);
        else
            Move(JobState.Queued, now, why);
        EtaSeconds = null;
    }

    /// <summary>The run cannot go on until somebody has mended something: held where it was saved last, and to stop there if it was to.</summary>
    /// <param name="now">The time.</param>
    /// <param name="why">The reason.</param>
    /// <param name="canStop">Whether anything is left that it could end with; otherwise it starts over.</param>
    public void HoldBack(DateTime now, string why, bool canStop)
    {
        Require(JobState.Running);
        (Requested, EtaSeconds) = (canStop && Requested == JobRequest.Stop ? JobRequest.Stop : null, null);
        Move(JobState.Paused, now, why);
    }

    /// <summary>Lets it go on. False where it has ended.</summary>
    public bool Resume(DateTime now)
    {
        if (HasEnded)
            return false;
        if (Requested == JobRequest.Pause)
            Requested = null;
        if (State == JobState.Paused)
            Move(JobState.Queued, now, "resumed");
        return true;
    }

    /// <summary>Its study lets it go on. False where it has ended.</summary>
    /// <param name="now">The time.</param>
    /// <param name="holdsAfter">The next epoch after which it holds; null: it goes on to its end.</param>
    public bool Promote(DateTime now, int? holdsAfter)
    {
        HoldsAfter = holdsAfter;
        return Resume(now);
    }

    /// <summary>Ends the job with a model; the losses are those of the model's epoch, which need not be the last one.</summary>
    /// <param name="now">The time.</param>
    /// <param name="reason">Why the training has ended.</param>
    /// <param name="modelVersion">The model's version.</param>
    /// <param name="metrics">Of each part.</param>
    /// <param name="trainLoss">Of the training part.</param>
    /// <param name="validationLoss">Of the validation part; null: there is none.</param>
    /// <param name="bestEpoch">The best epoch; null: there is none.</param>
    /// <param name="came">What came of it besides, for the reason of its last transition; null: nothing.</param>
    public void Succeed(
        DateTime now, StopReason reason, int modelVersion, StoredMetrics metrics, double? trainLoss, double? validationLoss, int? bestEpoch, string? came = null)
    {
        Require(JobState.Running);
        BestEpoch = bestEpoch;
        (TrainLoss, ValidationLoss) = (trainLoss, validationLoss);
        StopReason = reason;
        ModelVersion = modelVersion;
        (Metrics, Summary) = (metrics.All, metrics.Summary == metrics.All ? null : metrics.Summary);
        End(JobState.Succeeded, now, came is null ? reason.ToString() : $"{reason}, {came}");
    }

    /// <summary>Adds a warning that only the run itself could give, once.</summary>
    public void Warn(string warning)
    {
        Require(JobState.Running);
        var warnings = JsonSerializer.Deserialize<string[]>(Warnings, SpecJson.Options)!;
        if (!warnings.Contains(warning))
            _warnings = JsonSerializer.Serialize<string[]>([.. warnings, warning], SpecJson.Options);
    }

    public void Fail(DateTime now, StopReason reason, string error)
    {
        Require(JobState.Running);
        StopReason = reason;
        Error = error;
        End(JobState.Failed, now, reason.ToString());
    }

    /// <summary>Ends it at once; nothing is kept. False where it has ended otherwise.</summary>
    public bool Cancel(DateTime now)
    {
        if (HasEnded)
            return State == JobState.Cancelled;
        StopReason = TrainingJobs.StopReason.Cancelled;
        End(JobState.Cancelled, now, "cancelled");
        return true;
    }

    private void Saved(long generation)
    {
        if (generation > GenerationAtDeath)
            (Deaths, GenerationAtDeath) = (0, generation);
    }

    private void Hold(DateTime now)
    {
        Requested = null;
        Move(JobState.Paused, now, IsAtHold ? $"waits for its study after epoch {HoldsAfter}" : "paused");
    }

    private void End(JobState state, DateTime now, string reason)
    {
        (EndedAt, Requested, EtaSeconds) = (now, null, null);
        Move(state, now, reason);
    }

    private void Require(JobState state)
    {
        if (State != state)
            throw new InvalidOperationException($"The job is {State}, not {state}.");
    }

    private void Move(JobState state, DateTime now, string reason)
    {
        State = state;
        Record(state, now, reason);
    }

    private void Record(JobState state, DateTime now, string reason) =>
        Transitions.Add(new JobTransition { State = state, At = now, Reason = char.ToLowerInvariant(reason[0]) + reason[1..], AfterPoint = LastPoint });
}
