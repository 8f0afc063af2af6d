using NnService.Api.Data;

namespace NnService.Api.TrainingJobs;

/// <summary>A job's loss history in its packed blocks.</summary>
internal static class JobHistory
{
    /// <summary>The blocks from one on, each in a read of its own: whoever takes long over one keeps nothing open.</summary>
    public static IEnumerable<HistoryBlock> Blocks(AppDbContext db, long jobNumber, int first = 0)
    {
        for (var index = first; db.HistoryBlocks.FirstOrDefault(block => block.JobNumber == jobNumber && block.Index == index) is { } block; index++)
            yield return block;
    }

    /// <summary>The block that the point of an epoch is in, or would be; 0 where there is none. Read are as many blocks as their number has binary digits.</summary>
    public static int BlockOf(AppDbContext db, long jobNumber, int epoch)
    {
        if (epoch < HistoryBlock.Capacity)
            return 0; // no epoch has a place beyond its number
        var (first, last) = (0, db.HistoryBlocks.Count(block => block.JobNumber == jobNumber) - 1);
        while (first < last)
        {
            var middle = (first + last + 1) / 2;
            if (db.HistoryBlocks.FirstOrDefault(block => block.JobNumber == jobNumber && block.Index == middle)?.EpochAt(0) <= epoch)
                first = middle;
            else
                last = middle - 1;
        }

        return first;
    }

    /// <summary>All points, as <see cref="Blocks"/>.</summary>
    public static IEnumerable<HistoryPoint> Points(AppDbContext db, long jobNumber) => Blocks(db, jobNumber).SelectMany(block => block.Unpack());

    /// <summary>Points stored.</summary>
    public static int Count(AppDbContext db, long jobNumber) => db.HistoryBlocks.Where(block => block.JobNumber == jobNumber).Sum(block => block.Count);

    /// <summary>Adds points at the end, within a write.</summary>
    public static void Append(AppDbContext db, long jobNumber, IReadOnlyList<HistoryPoint> points)
    {
        if (points.Count == 0)
            return;
        var block = db.HistoryBlocks.Where(row => row.JobNumber == jobNumber).OrderByDescending(row => row.Index).FirstOrDefault();
        for (ReadOnlySpan<HistoryPoint> left = [.. points]; !left.IsEmpty;)
        {
            if (block is null or { Count: HistoryBlock.Capacity })
                db.HistoryBlocks.Add(block = new HistoryBlock { JobNumber = jobNumber, Index = block is null ? 0 : block.Index + 1 });
            left = left[block.Append(left)..];
        }
    }

    /// <summary>Drops all but the first points, within a write: what a run trains again, it reports again.</summary>
    /// <returns>The epoch of the last point that is left; −1: none is.</returns>
    public static int Cut(AppDbContext db, long jobNumber, int count)
    {
        var last = -1;
        foreach (var block in db.HistoryBlocks.Where(row => row.JobNumber == jobNumber).OrderBy(row => row.Index))
        {
            if (block.Count > count)
                block.Cut(count);
            if (block.Count == 0)
                db.HistoryBlocks.Remove(block);
            else
                last = block.Unpack().Last().Epoch;
            count -= block.Count;
        }

        return last;
    }
}
