using NnService.Api.Data;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>
/// Which points of a job's history are wanted: from an epoch on, and where those are too many, evenly, and always with the first, the last and the smallest
/// loss, for a thinned curve must not hide the minimum. A block stands in memory at a time, whatever the length of the history.
/// </summary>
internal sealed class HistorySelection
{
    private readonly long _job;
    private readonly int _from; // the first epoch wanted
    private readonly int _first; // a place among the points of the job before which none is wanted; where places are kept, that of the first wanted
    private readonly int[]? _kept; // places from there on, rising; null: all of them

    private HistorySelection(long job, int from, int first, int total, int[]? kept) =>
        (_job, _from, _first, Total, _kept) = (job, from, first, total, kept);

    /// <summary>Points of the whole history.</summary>
    public int Total { get; }

    /// <summary>The selection.</summary>
    /// <param name="db">The database.</param>
    /// <param name="jobNumber">The job.</param>
    /// <param name="fromEpoch">The first epoch wanted.</param>
    /// <param name="most">Points at the most, 3 or more.</param>
    public static HistorySelection Of(AppDbContext db, long jobNumber, int fromEpoch, int most)
    {
        var total = JobHistory.Count(db, jobNumber);
        var begin = JobHistory.BlockOf(db, jobNumber, fromEpoch);
        var place = begin * HistoryBlock.Capacity; // all blocks but the last are full
        if (total <= most)
            return new HistorySelection(jobNumber, fromEpoch, place, total, null);
        var (first, best, least) = (Math.Max(total, place), 0, double.PositiveInfinity);
        foreach (var block in JobHistory.Blocks(db, jobNumber, begin))
            for (var i = 0; i < block.Count; i++, place++)
            {
                if (block.EpochAt(i) < fromEpoch)
                    continue;
                first = Math.Min(first, place);
                if (block.LossAt(i) is var loss && (place == first || loss < least))
                    (best, least) = (place - first, loss);
            }

        // A running job has more points by now than were counted.
        return new HistorySelection(jobNumber, fromEpoch, first, place, place - first <= most ? null : Kept(place - first, best, most));
    }

    /// <summary>The points, as they are read.</summary>
    public IEnumerable<HistoryPoint> Points(AppDbContext db)
    {
        var (start, next) = (_first / HistoryBlock.Capacity * HistoryBlock.Capacity, 0);
        foreach (var block in JobHistory.Blocks(db, _job, _first / HistoryBlock.Capacity))
        {
            if (_kept is null)
            {
                for (var i = 0; i < block.Count; i++)
                    if (block.EpochAt(i) >= _from)
                        yield return block.PointAt(i);
            }
            else
            {
                for (; next < _kept.Length && _first + _kept[next] - start < block.Count; next++)
                    yield return block.PointAt(_first + _kept[next] - start);
            }

            start += HistoryBlock.Capacity;
        }
    }

    // The best takes the place of one of the others where it is not among them.
    private static int[] Kept(int count, int best, int most)
    {
        var kept = Evenly(count, most);
        if (Array.BinarySearch(kept, best) >= 0)
            return kept;
        kept = [.. Evenly(count, most - 1), best];
        Array.Sort(kept);
        return kept;
    }

    private static int[] Evenly(int count, int points) => [.. Enumerable.Range(0, points).Select(i => (int)((long)i * (count - 1) / (points - 1)))];
}
