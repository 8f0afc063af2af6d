using System.Runtime.CompilerServices;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training;

/// <summary>
/// How good predicted probabilities of classes are; the definitions are those of scikit-learn's metrics, whose names stand behind each. Rows that have weights
/// count by those, but in the confusion matrix, which counts rows.
/// </summary>
/// <param name="Accuracy">Fraction of rows whose predicted label is the actual one (<c>accuracy_score</c>).</param>
/// <param name="BalancedAccuracy">Mean recall of the labels that occur (<c>balanced_accuracy_score</c>; Brodersen et al. 2010).</param>
/// <param name="LogLoss">Mean of −ln p(actual label), p kept within 2⁻⁵² of 0 and 1 (<c>log_loss</c>).</param>
/// <param name="RocAuc">
/// Area under the ROC curve of the positive label: the share of pairs of a row of it and another that its probability puts in the right order,
/// a tie as one half (Hanley and McNeil 1982); or the mean over labels of each against the rest (<c>roc_auc_score</c>, macro, one-vs-rest).
/// Null where no label has rows both of it and of the rest.
/// </param>
/// <param name="AveragePrecision">
/// Σ (Rₙ − Rₙ₋₁) Pₙ of the positive label, P and R precision and recall at the n-th threshold from above, or the mean over the labels that occur
/// (<c>average_precision_score</c>); null where the positive label does not.
/// </param>
/// <param name="MacroF1">Mean F1 of the labels that occur or are predicted (<c>f1_score</c>, macro).</param>
/// <param name="MatthewsCorrelation">
/// (c·s − Σ pₖtₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²)): c hits of s rows, pₖ times predicted, tₖ times occurring (<c>matthews_corrcoef</c>;
/// Matthews 1975, Gorodkin 2004 for several labels); 0 where one label is all that occurs or is predicted.
/// </param>
/// <param name="CalibrationError">
/// Expected calibration error: |accuracy − confidence| over ten bins of equal width of the top probability, weighted by rows (Guo et al. 2017, equation 3),
/// less what chance adds to it: where rows are few, that is most of it.
/// </param>
/// <param name="ConfusionMatrix">How often each label was taken for each (<c>confusion_matrix</c>); left out where there are more than 1,000 labels.</param>
/// <param name="PerClass">Precision, recall and F1 of each label, in the order of the labels.</param>
public sealed record ClassificationMetrics(
    double Accuracy,
    double BalancedAccuracy,
    double LogLoss,
    double? RocAuc,
    double? AveragePrecision,
    double MacroF1,
    double MatthewsCorrelation,
    double CalibrationError,
    ConfusionMatrix ConfusionMatrix,
    IReadOnlyList<ClassMetrics> PerClass)
{
    private const double SmallestProbability = 2.220446049250313e-16; // 2^-52, scikit-learn's eps for float64
    private const double RowsForARow = 1.2; // see PrecisionLimits
    internal const int CalibrationBins = 10;

    /// <summary>The metrics of at least one row.</summary>
    /// <param name="probabilities">[rows, labels] finite probabilities that add up to 1 in a row; the prediction is that of <see cref="LabelRule"/>.</param>
    /// <param name="actual">[rows] label indexes.</param>
    /// <param name="labels">The labels in the order of the columns.</param>
    /// <param name="positive">Index of the positive label where there are two labels, −1: there is none; not used otherwise.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1.</param>
    /// <exception cref="ArgumentException">There is no row, or the lengths do not fit.</exception>
    public static ClassificationMetrics Of(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, IReadOnlyList<string> labels, int positive = 1, ReadOnlySpan<double> weights = default)
    {
        Check(probabilities, actual, labels, weights);
        return With(Ranked(probabilities, actual, labels.Count, positive, weights), probabilities, actual, labels, positive, weights);
    }

    private static ClassificationMetrics With(
        List<RankedLabel> ranked,
        ReadOnlySpan<double> probabilities,
        ReadOnlySpan<int> actual,
        IReadOnlyList<string> labels,
        int positive,
        ReadOnlySpan<double> weights)
    {
        int[] predicted = Predicted(probabilities, actual.Length, labels.Count, positive);
        var matrix = ConfusionMatrix.Of(actual, predicted, labels, weights);
        return new ClassificationMetrics(
            AccuracyOf(matrix),
            BalancedAccuracyOf(matrix),
            LogLossOf(probabilities, actual, labels.Count, weights),
            ranked.Average(label => label.Area), // of those that are defined; null where none is
            ranked.Average(label => label.Precision),
            MacroF1Of(matrix),
            MatthewsOf(matrix),
            CalibrationOf(probabilities, actual, predicted, labels.Count, weights).Estimate(),
            matrix,
            ClassMetrics.Of(matrix));
    }

    /// <summary>
    /// 95 % intervals by the metrics' names on the wire; a metric that is undefined is left out, and one whose rows are too few or too alike to tell. Arguments
    /// as of <see cref="Of"/>. Shares by <see cref="BinomialInterval"/>, the ROC area by <see cref="RankInterval"/>; Matthews correlation and macro F1 from
    /// draws of the confusion matrix, the calibration error from draws of its bins, the log loss by the bootstrap.
    /// </summary>
    /// <param name="probabilities">[rows, labels]</param>
    /// <param name="actual">[rows] label indexes.</param>
    /// <param name="labels">The labels in the order of the columns.</param>
    /// <param name="positive">Index of the positive label where there are two; −1: there is none.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1. They count as so many as <see cref="EffectiveRows"/> says.</param>
    public static IReadOnlyDictionary<string, double[]> IntervalsOf(
        ReadOnlySpan<double> probabilities,
        ReadOnlySpan<int> actual,
        IReadOnlyList<string> labels,
        int positive,
        ulong seed,
        ReadOnlySpan<double> weights = default)
    {
        Check(probabilities, actual, labels, weights);
        var areas = new CorrelatedMean(actual.Length);
        List<RankedLabel> ranked = Ranked(probabilities, actual, labels.Count, positive, weights, areas);
        ClassificationMetrics of = With(ranked, probabilities, actual, labels, positive, weights);
        (double[] macroF1, double[] matthews) = new ConfusionDraws(of.ConfusionMatrix).Draw(Bootstrap.Resamples, seed);
        var intervals = new Dictionary<string, double[]>(StringComparer.Ordinal);
        void Add(string name, double[]? interval)
        {
            if (interval is not null)
                intervals.Add(name, interval);
        }

        double[]? Share(double figure, (double Low, double High) interval) => Bootstrap.Around(figure, Math.Max(interval.Low, 0), Math.Min(interval.High, 1));
        Add("accuracy", Share(of.Accuracy, BinomialInterval.Of(of.Accuracy, EffectiveRows.Of(weights, actual.Length))));
        Add("balancedAccuracy", Share(of.BalancedAccuracy, ShareInterval.OfMean(RecallLimits(of))));
        Add("logLoss", LossInterval.Of(LossesOf(probabilities, actual, labels.Count), seed, weights));
        if (of.RocAuc is { } area)
            Add("rocAuc", Share(area, (area - areas.Reach!.Value.Below, area + areas.Reach!.Value.Above)));
        if (of.AveragePrecision is not null)
            Add("averagePrecision", Share(of.AveragePrecision.Value, PrecisionLimits(ranked)));
        Add("macroF1", Bootstrap.Between(macroF1, of.MacroF1));
        Add("matthewsCorrelation", Bootstrap.Between(matthews, of.MatthewsCorrelation));
        int[] predicted = Predicted(probabilities, actual.Length, labels.Count, positive);
        (double least, double most) = CalibrationOf(probabilities, actual, predicted, labels.Count, weights).Interval(seed);
        Add("calibrationError", Share(of.CalibrationError, (least, most)));
        return intervals;
    }

    private static void Check(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, IReadOnlyList<string> labels, ReadOnlySpan<double> weights)
    {
        if (actual.IsEmpty || probabilities.Length != (long)actual.Length * labels.Count)
            throw new ArgumentException($"{probabilities.Length} probabilities are not {actual.Length} rows of {labels.Count} labels, at least one row.");
        if (weights.Length != 0 && weights.Length != actual.Length)
            throw new ArgumentException($"{weights.Length} weights are not those of {actual.Length} rows.");
    }

    private static IEnumerable<(double Share, double Rows)> Recalls(ConfusionMatrix matrix)
        => Enumerable.Range(0, matrix.Labels.Count)
            .Select(k => (Hits: matrix.Hits[k], Weight: matrix.Occurs[k], Rows: matrix.EffectiveRows[k]))
            .Where(label => label.Weight > 0)
            .Select(label => (label.Hits / label.Weight, label.Rows));

    // A label that these rows lack may have any recall, while the figure is the mean of the others; unless most are lacking, and the rows are about the others.
    private static List<(double Figure, double Low, double High)> RecallLimits(ClassificationMetrics of)
    {
        var limits = new List<(double, double, double)>();
        foreach ((double share, double rows) in Recalls(of.ConfusionMatrix))
        {
            (double low, double high) = BinomialInterval.Of(share, rows);
            limits.Add((share, low, high));
        }

        int lacking = of.ConfusionMatrix.Labels.Count - limits.Count;
        if (lacking <= limits.Count)
            limits.AddRange(Enumerable.Repeat((of.BalancedAccuracy, 0.0, 1.0), lacking));
        return limits;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Predicted(ReadOnlySpan<double> probabilities, int rows, int labels, int positive)
    {
        var predicted = new int[rows];
        for (int row = 0; row < rows; row++)
            predicted[row] = LabelRule.Of(Row(probabilities, row, labels), labels == 2 ? positive : -1, LabelRule.EvenThreshold);
        return predicted;
    }

    // The average precision varies about as the share of hits among 1.2 times the rows of the label does: by simulation between 0.9 times, where the label is
    // hard to tell, and 5 times. Wilson's interval of a share for these rows (Boyd, Eng and Page 2013 take the label's own rows).
    private static (double Low, double High) PrecisionLimits(List<RankedLabel> ranked)
    {
        var limits = new List<(double, double, double)>();
        foreach ((_, double? precision, double positives) in ranked)
        {
            if (precision is not { } figure)
                continue;
            (double low, double high) = ShareInterval.Wilson(figure, RowsForARow * positives);
            limits.Add((figure, low, high));
        }

        return ShareInterval.OfMean(limits);
    }

    private static ReadOnlySpan<double> Row(ReadOnlySpan<double> values, int row, int width) => values.Slice(row * width, width);

    private static double AccuracyOf(ConfusionMatrix matrix)
        => matrix.Hits.Sum() / matrix.Occurs.Sum();

    private static double BalancedAccuracyOf(ConfusionMatrix matrix)
        => Recalls(matrix).Average(recall => recall.Share);

    /// <summary>The log loss alone; arguments as of <see cref="Of"/>.</summary>
    internal static double LogLossOf(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, int labels, ReadOnlySpan<double> weights)
    {
        double sum = 0;
        for (int row = 0; row < actual.Length; row++)
            sum += (weights.IsEmpty ? 1 : weights[row]) * LogLossOf(probabilities[row * labels + actual[row]]);
        return sum / Magnitude.Total(weights, actual.Length);
    }

    /// <summary>[rows] what each row adds to the log loss.</summary>
    internal static double[] LossesOf(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, int labels)
    {
        var losses = new double[actual.Length];
        for (int row = 0; row < losses.Length; row++)
            losses[row] = LogLossOf(probabilities[row * labels + actual[row]]);
        return losses;
    }

    /// <summary>−ln of a probability, kept within 2⁻⁵² of 0 and 1.</summary>
    internal static double LogLossOf(double probability) => -Transcendentals.Log(Math.Clamp(probability, SmallestProbability, 1 - SmallestProbability));

    /// <summary>The calibration bin of a top probability.</summary>
    internal static int BinOf(double confidence) => Math.Clamp((int)(confidence * CalibrationBins), 0, CalibrationBins - 1);

    // Of the positive label of two, or of each label that has rows against the rest; to areas is added how far each area reaches.
    private static List<RankedLabel> Ranked(
        ReadOnlySpan<double> probabilities,
        ReadOnlySpan<int> actual,
        int labels,
        int positive,
        ReadOnlySpan<double> weights,
        CorrelatedMean? areas = null)
    {
        var ranked = new List<RankedLabel>();
        var columns = new LabelColumns(probabilities, actual, labels, positive);
        bool withMoves = areas is not null && labels > 2; // of one area alone they are not needed
        while (columns.MoveNext())
        {
            (double[] scores, bool[] isOwn) = (columns.Scores, columns.IsOwn);
            double[] moves = [];
            (double? area, double? precision) = (null, null);
            if (withMoves)
                (area, precision, moves) = Ranking.WithMoves(scores, isOwn, weights);
            else
                (area, precision) = Ranking.Of(scores, isOwn, weights);
            double rows = EffectiveRows.Of(isOwn, true, weights);
            ranked.Add(new RankedLabel(area, precision, rows));
            if (areas is null || area is not { } found)
                continue;
            (double low, double high) = RankInterval.Of(found, rows, EffectiveRows.Of(isOwn, false, weights));
            areas.Add((found - low, high - found), withMoves ? TargetErrors.Standardized(moves) : []);
        }

        return ranked;
    }

    private static double MacroF1Of(ConfusionMatrix matrix)
    {
        double sum = 0;
        int labels = 0;
        for (int k = 0; k < matrix.Labels.Count; k++)
        {
            double occurs = matrix.Occurs[k];
            double predicted = matrix.Predicted[k];
            if (occurs + predicted == 0)
                continue;
            sum += 2.0 * matrix.Hits[k] / (occurs + predicted);
            labels++;
        }

        return Math.Min(sum / labels, 1); // likewise
    }

    private static double MatthewsOf(ConfusionMatrix matrix)
    {
        double hits = 0;
        double rows = 0;
        double products = 0;
        double predictedSquares = 0;
        double occurringSquares = 0;
        for (int k = 0; k < matrix.Labels.Count; k++)
        {
            double occurs = matrix.Occurs[k];
            double predicted = matrix.Predicted[k];
            hits += matrix.Hits[k];
            rows += occurs;
            products += predicted * occurs;
            predictedSquares += predicted * predicted;
            occurringSquares += occurs * occurs;
        }

        double spread = (rows * rows - predictedSquares) * (rows * rows - occurringSquares);
        return spread == 0 ? 0 : Math.Clamp((hits * rows - products) / Math.Sqrt(spread), -1, 1); // which it is within but for rounding
    }

    private static CalibrationEstimate CalibrationOf(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, ReadOnlySpan<int> predicted, int labels, ReadOnlySpan<double> weights)
    {
        var calibration = new CalibrationEstimate();
        for (int row = 0; row < actual.Length; row++)
            calibration.Add(probabilities[row * labels + predicted[row]], predicted[row] == actual[row], weights.IsEmpty ? 1 : weights[row]);
        return calibration;
    }

    private readonly record struct RankedLabel(double? Area, double? Precision, double Rows);
}
