using System.Text;
using NnService.Api.Data;
using NnService.Api.Http;

namespace NnService.Api.TrainingJobs;

/// <summary>Reads a job's loss history.</summary>
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
