using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Watching;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>One attempt at a job: what it reads and writes, and the fenced write that changes the job only while it is this attempt's.</summary>
internal sealed record JobAttempt
{
    public required Database Database { get; init; }

    public required CheckpointStore Checkpoints { get; init; }

    public required JobFeeds Feeds { get; init; }

    public required Damage Damage { get; init; }

    public required TrainingThreads Threads { get; init; }

    public required TimeProvider Clock { get; init; }

    public required ILogger Log { get; init; }

    public required RunningJob Running { get; init; }

    public TrainingControl Control => Running.Control;

    public required long JobNumber { get; init; }

    public required Guid JobId { get; init; }

    public required int Attempt { get; init; }

    /// <summary>Whether there must be a checkpoint to go on from.</summary>
    public bool HasBeenSaved { get; init; }

    public bool IsClassification { get; init; }

    public int VisitsPerEpoch { get; init; }

    public required int Epochs { get; init; }

    public double? MaxSeconds { get; init; }

    /// <summary>The epoch after which the run is to be held; null: none.</summary>
    public required int? HoldsAfter { get; init; }

    public required double CheckpointSeconds { get; init; }

    /// <summary>Whether no other process could go on with it.</summary>
    public required bool IsAlone { get; init; }

    public BestEpoch Best { get; init; } = new(new EarlyStoppingSpec());

    /// <summary>How long the evaluation after the training takes, given the seconds of training for one visit of a row.</summary>
    public Func<double, EvaluationEstimate> Evaluation { get; init; } = _ => new EvaluationEstimate(0, 0, 0, 0);

    /// <summary>Of the job's checkpoints; 0: there is none, or nobody can be asked now, and the row's holds.</summary>
    public long LatestGeneration => Checkpoints.ReachableGeneration(JobId);

    /// <summary>Changes the job's row, but only while it still belongs to this attempt; false where it does not: it was cancelled, or claimed anew.</summary>
    public bool Write(Action<AppDbContext, TrainingJob> change) => Database.Write(db =>
    {
        var job = db.TrainingJobs.SingleOrDefault(row => row.Number == JobNumber && row.Attempt == Attempt && row.State == JobState.Running);
        if (job is not null)
            change(db, job);
        return job is not null;
    });

    /// <summary>
    /// The same, however long the database is away or has no room, unless the process ends. A change that takes the job out of this attempt's hands is not made
    /// twice, though nobody may know whether the first commit was done.
    /// </summary>
    public bool WriteWhenBack(Action<AppDbContext, TrainingJob> change)
    {
        try
        {
            return Database.WhenBack(() => Write(change), () => Control.Request == TrainingRequest.Interrupt, TellFull);
        }
        finally
        {
            TellRoom();
        }
    }

    /// <summary>Has the run end, whose write was refused: others have ended the job, or have it.</summary>
    public void Lose()
    {
        using var db = Database.Read();
        var latest = db.TrainingJobs.Where(row => row.Number == JobNumber).Select(row => row.Attempt).FirstOrDefault();
        if (latest > Attempt && Control.Request != TrainingRequest.Cancel)
            Log.LogWarning("Training job {JobId} is left: others took this node for dead, and attempt {Latest} has begun elsewhere; what attempt {Attempt} "
                + "writes is refused", JobId, latest, Attempt);
        Control.Ask(TrainingRequest.Cancel);
    }

    /// <summary>Says in the log and to the health check that the job waits for room.</summary>
    public void TellFull() => Damage.Note($"The disk is full: training job {JobId} waits until there is room.", Room);

    /// <summary>It does not wait for room, or no longer.</summary>
    public void TellRoom() => Damage.Deleted(Room);

    /// <summary>Leaves the job because the process ends: to the next start, or to another node at once.</summary>
    /// <param name="generation">Of its latest checkpoint.</param>
    public void Leave(long generation) => WriteWhenBack((_, job) =>
    {
        if (IsAlone)
            job.Leave(generation);
        else
            job.GiveBack(Clock.GetUtcNow().UtcDateTime, generation, "its node was stopped");
    });

    /// <summary>Saves points and progress, and tells who listens; false where the row no longer belongs to this attempt.</summary>
    public bool Save(IReadOnlyList<HistoryPoint> points, RunProgress progress)
    {
        var isMine = Write((db, job) =>
        {
            JobHistory.Append(db, JobNumber, [.. points.Where(point => point.Epoch > job.LastPoint)]); // a commit may have been done whose answer was lost
            foreach (var point in points)
                Best.Observe(point);
            Running.Follow(job); // whoever has asked may have died before the run was told
            job.Progress(points.Count > 0 ? points[^1] : null, Best.Epoch, progress);
        });
        if (isMine && points.Count > 0)
            Feeds.Saved(JobId, points, Format);
        return isMine;
    }

    private string Room => $"room for training job {JobId}";

    private byte[] Format(IReadOnlyList<HistoryPoint> points) =>
        JsonSerializer.SerializeToUtf8Bytes(points.Select(point => HistoryPointResponse.Of(point, IsClassification)), SpecJson.Options);
}
