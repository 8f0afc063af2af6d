using NnService.Api.Data;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>
/// Which points of a job's history are wanted: from an epoch on, and where those are too many, evenly, and always with the first, the last and the smallest
/// loss,
/// for a thinned curve must not hide the minimum. A block stands in memory at a time, whatever the length of the history.
/// </summary>
internal sealed class HistorySelection
{
    private readonly long _job;
    private readonly int _from;
    private readonly SortedSet<int>? _kept; // places among the points from that epoch on; null: all of them

    private HistorySelection(long job, int from, int total, SortedSet<int>? kept) => (_job, _from, Total, _kept) = (job, from, total, kept);

    /// <summary>Points of the whole history.</summary>
    public int Total { get; }

    /// <summary>The selection.</summary>
    /// <param name="db">The database.</param>
    /// <param name="jobNumber">The job.</param>
    /// <param name="fromEpoch">The first epoch wanted.</param>
    /// <param name="most">Points at the most.</param>
    public static HistorySelection Of(AppDbContext db, long jobNumber, int fromEpoch, int most)
    {
        var total = JobHistory.Count(db, jobNumber);
        if (total <= most)
            return new HistorySelection(jobNumber, fromEpoch, total, null);
        var (count, best, least) = (0, 0, double.PositiveInfinity);
        foreach (var point in JobHistory.Blocks(db, jobNumber).SelectMany(block => block).Where(point => point.Epoch >= fromEpoch))
        {
            var loss = point.ValidationLoss ?? point.TrainLoss;
            if (count == 0 || loss < least)
                (best, least) = (count, loss);
            count++;
        }

        return new HistorySelection(jobNumber, fromEpoch, total, count <= most ? null : Kept(count, best, most));
    }

    /// <summary>The points, as they are read.</summary>
    public IEnumerable<HistoryPoint> Points(AppDbContext db)
    {
        var place = 0;
        foreach (var point in JobHistory.Blocks(db, _job).SelectMany(block => block).Where(point => point.Epoch >= _from))
            if (_kept is null || _kept.Contains(place++))
                yield return point;
    }

    private static SortedSet<int> Kept(int count, int best, int most)
    {
        var kept = new SortedSet<int> { 0, count - 1, best };
        for (var i = 0; i < most && kept.Count < most; i++)
            kept.Add((int)((long)i * (count - 1) / Math.Max(most - 1, 1)));
        return kept;
    }
}
