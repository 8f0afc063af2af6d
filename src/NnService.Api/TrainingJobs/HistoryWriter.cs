using NnService.Api.Data;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs;

/// <summary>Gathers the points of a run and writes them with its progress, at most once a second. Where the row no longer belongs to the run, it ends the run.</summary>
internal sealed class HistoryWriter(Database database, TimeProvider clock, long jobNumber, int attempt, TrainingControl control)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private readonly List<HistoryPoint> _waiting = [];
    private long _lastFlush = clock.GetTimestamp();
    private HistoryPoint? _latest;

    public void Add(HistoryPoint point)
    {
        _waiting.Add(point);
        _latest = point;
    }

    /// <summary>Called after every minibatch: writes where it is time.</summary>
    public void Tick(double samplesPerSecond)
    {
        if (_waiting.Count > 0 && clock.GetElapsedTime(_lastFlush) >= Interval)
            Flush(samplesPerSecond);
    }

    /// <summary>Writes what is waiting.</summary>
    public void Flush(double samplesPerSecond)
    {
        _lastFlush = clock.GetTimestamp();
        if (_latest is null)
            return;
        var isMine = database.Write(db =>
        {
            var job = db.TrainingJobs.SingleOrDefault(row => row.Number == jobNumber && row.Attempt == attempt && row.State == JobState.Running);
            if (job is null)
                return false;
            job.Progress(_latest.Epoch, _latest.TrainLoss, _latest.ValidationLoss, samplesPerSecond);
            Append(db);
            return true;
        });
        _waiting.Clear();
        if (!isMine)
            control.Ask(TrainingRequest.Cancel);
    }

    private void Append(AppDbContext db)
    {
        var block = db.HistoryBlocks.Where(row => row.JobNumber == jobNumber).OrderByDescending(row => row.Index).FirstOrDefault();
        var points = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_waiting);
        while (!points.IsEmpty)
        {
            if (block is null or { Count: HistoryBlock.Capacity })
                db.HistoryBlocks.Add(block = new HistoryBlock { JobNumber = jobNumber, Index = block is null ? 0 : block.Index + 1 });
            points = points[block.Append(points)..];
        }
    }
}
