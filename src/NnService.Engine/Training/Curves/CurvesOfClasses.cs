namespace NnService.Engine.Training.Curves;

/// <summary>Curves of a classification, each label against the rest.</summary>
internal static class CurvesOfClasses
{
    private const int Bins = ClassificationMetrics.CalibrationBins;

    /// <summary>The curves.</summary>
    /// <param name="probabilities">[rows, labels], all finite.</param>
    /// <param name="actual">[rows] label indexes.</param>
    /// <param name="labels">The labels in the order of the columns.</param>
    /// <param name="precision">The numbers that the probabilities are.</param>
    internal static EvaluationCurves Of(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, IReadOnlyList<string> labels, Precision precision)
    {
        var roc = new Dictionary<string, IReadOnlyList<RocPoint>>(StringComparer.Ordinal);
        var precisionRecall = new Dictionary<string, IReadOnlyList<PrecisionRecallPoint>>(StringComparer.Ordinal);
        var calibration = new Dictionary<string, IReadOnlyList<CalibrationPoint>>(StringComparer.Ordinal);
        for (var k = 0; k < labels.Count; k++)
        {
            var (scores, isPositive) = (new double[actual.Length], new bool[actual.Length]);
            for (var row = 0; row < scores.Length; row++)
                (scores[row], isPositive[row]) = (probabilities[(row * labels.Count) + k], actual[row] == k);
            calibration.Add(labels[k], Calibration(scores, isPositive));
            var steps = RankingSteps.Of(scores, isPositive);
            roc.Add(labels[k], Roc(steps, precision));
            precisionRecall.Add(labels[k], PrecisionRecall(steps, precision));
        }

        return new EvaluationCurves { Roc = roc, PrecisionRecall = precisionRecall, Calibration = calibration };
    }

    private static List<RocPoint> Roc(RankingSteps steps, Precision precision)
    {
        if (steps.Positives == 0 || steps.Negatives == 0)
            return [];
        double positives = steps.Positives, negatives = steps.Negatives;
        // Both rates grow from step to step: halfway between them each has its share of the points, however rare the label is.
        var kept = CurveThinning.Of(
            steps.Steps, EvaluationCurves.MostPoints - 1, step => ((step.FalsePositives / negatives) + (step.TruePositives / positives)) / 2);
        return
        [
            new(null, 0, 0),
            .. kept.Select(step => new RocPoint(
                AsWritten.Number(step.Score, precision), step.FalsePositives / negatives, step.TruePositives / positives)),
        ];
    }

    private static List<PrecisionRecallPoint> PrecisionRecall(RankingSteps steps, Precision precision)
    {
        if (steps.Positives == 0)
            return [];
        double positives = steps.Positives;
        var kept = CurveThinning.Of(steps.Steps, EvaluationCurves.MostPoints, step => step.TruePositives / positives);
        return
        [
            .. kept.Select(step => new PrecisionRecallPoint(
                AsWritten.Number(step.Score, precision), step.TruePositives / positives, (double)step.TruePositives / (step.TruePositives + step.FalsePositives))),
        ];
    }

    private static List<CalibrationPoint> Calibration(double[] scores, bool[] isPositive)
    {
        var bins = new (double Sum, int Hits, int Rows)[Bins];
        for (var row = 0; row < scores.Length; row++)
        {
            ref var bin = ref bins[ClassificationMetrics.BinOf(scores[row])];
            bin = (bin.Sum + scores[row], bin.Hits + (isPositive[row] ? 1 : 0), bin.Rows + 1);
        }

        return [.. bins.Where(bin => bin.Rows > 0).Select(bin => new CalibrationPoint(bin.Sum / bin.Rows, (double)bin.Hits / bin.Rows, bin.Rows))];
    }
}
