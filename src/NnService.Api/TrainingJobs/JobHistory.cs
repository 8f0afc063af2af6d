using System.Text;
using NnService.Api.Data;
using NnService.Api.Http;

namespace NnService.Api.TrainingJobs;

/// <summary>A job's loss history in its packed blocks.</summary>
internal static class JobHistory
{
    /// <summary>The points from an epoch on, thinned where there are more than asked for; and how many there are in all.</summary>
    /// <param name="db">The database.</param>
    /// <param name="jobNumber">The job.</param>
    /// <param name="fromEpoch">The first epoch wanted.</param>
    /// <param name="maxPoints">Points at the most; the first, the last and the best always stay.</param>
    public static (IReadOnlyList<HistoryPoint> Points, int Total) Read(AppDbContext db, long jobNumber, int fromEpoch, int maxPoints)
    {
        var blocks = db.HistoryBlocks.Where(block => block.JobNumber == jobNumber).OrderBy(block => block.Index).ToList();
        var all = blocks.SelectMany(block => block.Unpack()).ToList();
        return (Thin([.. all.Where(point => point.Epoch >= fromEpoch)], maxPoints), all.Count);
    }

    /// <summary>All points, a block at a time and each in a read of its own: whoever takes long over one keeps nothing open.</summary>
    public static IEnumerable<IEnumerable<HistoryPoint>> Blocks(AppDbContext db, long jobNumber)
    {
        for (var index = 0; db.HistoryBlocks.FirstOrDefault(block => block.JobNumber == jobNumber && block.Index == index) is { } block; index++)
            yield return block.Unpack();
    }

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

    /// <summary>As CSV with a header, one point a line.</summary>
    public static string ToCsv(IEnumerable<HistoryPoint> points, bool isClassification)
    {
        var score = isClassification ? "Accuracy" : "R2";
        var csv = new StringBuilder();
        csv.Append(CsvLine.Of(["epoch", "step", "trainLoss", "validationLoss", "learningRate", $"train{score}", $"validation{score}", "elapsedSeconds"]));
        foreach (var point in points)
            csv.Append(CsvLine.Of(
            [
                $"{point.Epoch}", $"{point.Step}", $"{point.TrainLoss:R}", $"{point.ValidationLoss:R}", $"{point.LearningRate:R}",
                $"{point.TrainScore:R}", $"{point.ValidationScore:R}", $"{point.ElapsedSeconds:R}",
            ]));
        return csv.ToString();
    }

    // Evenly, and always with the first, the last and the smallest loss: a thinned curve must not hide the minimum.
    private static List<HistoryPoint> Thin(List<HistoryPoint> points, int most)
    {
        if (points.Count <= most)
            return points;
        var kept = new SortedSet<int> { 0, points.Count - 1, IndexOfBest(points) };
        for (var i = 0; i < most && kept.Count < most; i++)
            kept.Add((int)((long)i * (points.Count - 1) / Math.Max(most - 1, 1)));
        return [.. kept.Select(index => points[index])];
    }

    private static int IndexOfBest(List<HistoryPoint> points)
    {
        var best = 0;
        for (var i = 1; i < points.Count; i++)
            if ((points[i].ValidationLoss ?? points[i].TrainLoss) < (points[best].ValidationLoss ?? points[best].TrainLoss))
                best = i;
        return best;
    }
}
