using System.Numerics;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Data;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Encodes the rows of a run, once, into memory or into files, and waits where there is no room for the files.</summary>
internal sealed class RowsOfRun(BlobStore blobs, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan RoomPause = TimeSpan.FromSeconds(1);

    /// <summary>The rows; null where others have asked to leave meanwhile, and the job is left.</summary>
    /// <param name="attempt">Whose.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="table">Its table.</param>
    /// <param name="needed">Whether they fit into memory.</param>
    public EncodedParts<T>? Encode<T>(JobAttempt attempt, TrainingPlan plan, Table table, JobMemory needed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var encoder = plan.EncoderOn(table);
        var storage = needed.WindowBytes is { } window ? new RowStorage(blobs.OpenScratch, window) : null;
        WaitForRoom(attempt, needed.FileBytes);
        try
        {
            return attempt.Threads.Compute(() => EncodedParts<T>.Of(encoder, table, plan.Split, storage, attempt.Control));
        }
        catch (OperationCanceledException)
        {
            var latest = attempt.LatestGeneration; // of an attempt before this one: nothing was trained since
            if (attempt.Control.Request == TrainingRequest.Pause)
                attempt.WriteWhenBack((_, running) => running.Interrupted(clock.GetUtcNow().UtcDateTime, latest));
            else if (attempt.Control.Request == TrainingRequest.Interrupt)
                attempt.Leave(latest);
            return null;
        }
    }

    // As it waits where a checkpoint has no room; another node need not wait for this one's disk.
    private void WaitForRoom(JobAttempt attempt, long bytes)
    {
        for (var isSaid = false; attempt.IsAlone && attempt.Control.Request == TrainingRequest.None && bytes > 0 && blobs.FreeBytes < bytes; isSaid = true)
        {
            if (!isSaid)
                log.LogWarning("Training job {JobId} waits until there is room for {Bytes} bytes of its rows in {Folder}", attempt.JobId, bytes, blobs.Folder);
            Thread.Sleep(RoomPause);
        }
    }
}
