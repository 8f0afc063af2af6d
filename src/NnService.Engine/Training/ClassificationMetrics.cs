using NnService.Engine.Data;
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
/// Expected calibration error: |accuracy − confidence| over ten bins of equal width of the top probability, weighted by rows (Guo et al. 2017, equation 3).
/// </param>
/// <param name="ConfusionMatrix">How often each label was taken for each (<c>confusion_matrix</c>).</param>
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
    private const int FewRows = 20; // of a label: fewer make draws of its rows too much alike
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
        if (actual.IsEmpty || probabilities.Length != (long)actual.Length * labels.Count)
            throw new ArgumentException($"{probabilities.Length} probabilities are not {actual.Length} rows of {labels.Count} labels, at least one row.");
        var predicted = new int[actual.Length];
        for (int row = 0; row < predicted.Length; row++)
            predicted[row] = LabelRule.Of(Row(probabilities, row, labels.Count), labels.Count == 2 ? positive : -1, LabelRule.EvenThreshold);
        var matrix = ConfusionMatrix.Of(actual, predicted, labels, weights);
        (double? rocAuc, double? averagePrecision) = Rank(probabilities, actual, labels.Count, positive, weights);
        return new ClassificationMetrics(
            AccuracyOf(matrix),
            BalancedAccuracyOf(matrix),
            LogLossOf(probabilities, actual, labels.Count, weights),
            rocAuc,
            averagePrecision,
            MacroF1Of(matrix),
            MatthewsOf(matrix),
            CalibrationErrorOf(probabilities, actual, predicted, labels.Count, weights),
            matrix,
            ClassMetrics.Of(matrix));
    }

    /// <summary>
    /// 95 % intervals by the metrics' names on the wire; a metric that is undefined is left out, and one whose rows are too few or too alike to tell. Arguments
    /// as of <see cref="Of"/>. Shares by Wilson's interval; Matthews correlation and macro F1 from draws of the confusion matrix; the others by the bootstrap.
    /// </summary>
    /// <param name="probabilities">[rows, labels]</param>
    /// <param name="actual">[rows] label indexes.</param>
    /// <param name="labels">The labels in the order of the columns.</param>
    /// <param name="positive">Index of the positive label where there are two; −1: there is none.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="weights">[rows] above 0, in the unit of <see cref="RowWeights.InEffectiveRows"/>; empty: every row weighs 1.</param>
    public static IReadOnlyDictionary<string, double[]> IntervalsOf(
        ReadOnlySpan<double> probabilities,
        ReadOnlySpan<int> actual,
        IReadOnlyList<string> labels,
        int positive,
        ulong seed,
        ReadOnlySpan<double> weights = default)
    {
        ClassificationMetrics of = Of(probabilities, actual, labels, positive, weights);
        double all = Magnitude.Total(weights, actual.Length);
        int[] rows = Bootstrap.RowsToDrawFrom(actual.Length, labels.Count + 3, seed);
        var sample = new ResampledClassification(probabilities, actual, labels.Count, positive, rows, weights);
        double fewest = FewestRows(of.ConfusionMatrix, positive);
        bool isRare = fewest < FewRows;
        double precision = of.AveragePrecision ?? double.NaN;
        Dictionary<string, double[]> ofRows = Bootstrap.Intervals(sample.OfRows(!isRare), actual.Length, [of.LogLoss, of.CalibrationError, precision], seed);
        Dictionary<string, double[]> ofRanks = isRare ? Bootstrap.Intervals(sample.WithinLabels, actual.Length, [precision], seed) : ofRows;
        (double[] macroF1, double[] matthews) = new ConfusionDraws(of.ConfusionMatrix).Draw(Bootstrap.Resamples, seed);
        var intervals = new Dictionary<string, double[]>(StringComparer.Ordinal);
        void Add(string name, double[]? interval)
        {
            if (interval is not null)
                intervals.Add(name, interval);
        }

        double[]? Share(double figure, (double Low, double High) interval) => Bootstrap.Around(figure, Math.Max(interval.Low, 0), Math.Min(interval.High, 1));
        Add("accuracy", Share(of.Accuracy, ShareInterval.Wilson(of.Accuracy, all)));
        var recalls = Recalls(of.ConfusionMatrix).Select(recall => Limits(recall.Share, recall.Rows));
        Add("balancedAccuracy", Share(of.BalancedAccuracy, ShareInterval.OfMean([.. recalls])));
        Add("logLoss", ofRows.GetValueOrDefault("logLoss"));
        if (of.RocAuc is { } area)
            Add("rocAuc", Share(area, AreaLimits(probabilities, actual, labels.Count, positive, weights)));
        if (of.AveragePrecision is not null)
            Add("averagePrecision", PrecisionInterval(precision, ofRanks.GetValueOrDefault("averagePrecision"), fewest));
        Add("macroF1", Bootstrap.Between(macroF1, of.MacroF1));
        Add("matthewsCorrelation", Bootstrap.Between(matthews, of.MatthewsCorrelation));
        Add("calibrationError", ofRows.GetValueOrDefault("calibrationError"));
        return intervals;
    }

    private static IEnumerable<(double Share, double Rows)> Recalls(ConfusionMatrix matrix)
        => matrix.Weights
            .Select((row, k) => (Hits: row[k], Rows: row.Sum()))
            .Where(label => label.Rows > 0)
            .Select(label => (label.Hits / label.Rows, label.Rows));

    private static (double Figure, double Low, double High) Limits(double share, double rows)
    {
        (double low, double high) = ShareInterval.Wilson(share, rows);
        return (share, low, high);
    }

    // Of several labels against the rest the mean of the limits, as if all areas moved together, which is the widest that it can be.
    private static (double Low, double High) AreaLimits(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, int labels, int positive, ReadOnlySpan<double> weights)
    {
        double all = Magnitude.Total(weights, actual.Length);
        double low = 0;
        double high = 0;
        int defined = 0;
        foreach ((double? area, _, double positives) in Ranked(probabilities, actual, labels, positive, weights))
        {
            if (area is null)
                continue;
            (double from, double to) = RankInterval.Of(area.Value, positives, all - positives);
            (low, high, defined) = (low + from, high + to, defined + 1);
        }

        return (low / defined, high / defined);
    }

    // The rows of the positive label of two, or of the rarest that occurs.
    private static double FewestRows(ConfusionMatrix matrix, int positive)
    {
        double[] rows = [.. matrix.Weights.Select(row => row.Sum())];
        return rows.Length == 2 ? rows[Math.Max(positive, 0)] : rows.Where(count => count > 0).Min();
    }

    // A rare label's draws hold so few different rows that they are too much alike; then at least as wide as a share of the label's rows (Boyd, Eng and Page
    // 2013).
    private static double[]? PrecisionInterval(double precision, double[]? drawn, double fewest)
    {
        if (drawn is not null && fewest >= FewRows)
            return drawn;
        (double low, double high) = ShareInterval.Wilson(precision, fewest);
        return Bootstrap.Around(precision, Math.Min(low, drawn?[0] ?? 1), Math.Max(high, drawn?[1] ?? 0));
    }

    private static ReadOnlySpan<double> Row(ReadOnlySpan<double> values, int row, int width) => values.Slice(row * width, width);

    private static double AccuracyOf(ConfusionMatrix matrix)
        => matrix.Weights.Select((row, k) => row[k]).Sum() / matrix.Weights.Sum(row => row.Sum());

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

    /// <summary>−ln of a probability, kept within 2⁻⁵² of 0 and 1.</summary>
    internal static double LogLossOf(double probability) => -Transcendentals.Log(Math.Clamp(probability, SmallestProbability, 1 - SmallestProbability));

    /// <summary>The calibration bin of a top probability.</summary>
    internal static int BinOf(double confidence) => Math.Clamp((int)(confidence * CalibrationBins), 0, CalibrationBins - 1);

    private static (double? RocAuc, double? AveragePrecision) Rank(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, int labels, int positive, ReadOnlySpan<double> weights)
    {
        List<(double? Area, double? Precision, double Positives)> ranked = Ranked(probabilities, actual, labels, positive, weights);
        return (ranked.Average(label => label.Area), ranked.Average(label => label.Precision)); // of those that are defined; null where none is
    }

    // Of the positive label of two, or of each label against the rest.
    private static List<(double? Area, double? Precision, double Positives)> Ranked(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, int labels, int positive, ReadOnlySpan<double> weights)
    {
        var ranked = new List<(double?, double?, double)>();
        for (int k = 0; k < labels; k++)
        {
            if (labels == 2 && k != Math.Max(positive, 0))
                continue;
            var scores = new double[actual.Length];
            var isPositive = new bool[actual.Length];
            double positives = 0;
            for (int row = 0; row < scores.Length; row++)
            {
                (scores[row], isPositive[row]) = (probabilities[row * labels + k], actual[row] == k);
                if (isPositive[row])
                    positives += weights.IsEmpty ? 1 : weights[row];
            }

            (double? area, double? precision) = Ranking.Of(scores, isPositive, weights);
            ranked.Add((area, precision, positives));
        }

        return ranked;
    }

    private static double MacroF1Of(ConfusionMatrix matrix)
    {
        double sum = 0;
        int labels = 0;
        for (int k = 0; k < matrix.Weights.Length; k++)
        {
            double occurs = matrix.Weights[k].Sum();
            double predicted = matrix.Weights.Sum(row => row[k]);
            if (occurs + predicted == 0)
                continue;
            sum += 2.0 * matrix.Weights[k][k] / (occurs + predicted);
            labels++;
        }

        return sum / labels;
    }

    private static double MatthewsOf(ConfusionMatrix matrix)
    {
        double hits = 0;
        double rows = 0;
        double products = 0;
        double predictedSquares = 0;
        double occurringSquares = 0;
        for (int k = 0; k < matrix.Weights.Length; k++)
        {
            double occurs = matrix.Weights[k].Sum();
            double predicted = matrix.Weights.Sum(row => row[k]);
            hits += matrix.Weights[k][k];
            rows += occurs;
            products += predicted * occurs;
            predictedSquares += predicted * predicted;
            occurringSquares += occurs * occurs;
        }

        double spread = (rows * rows - predictedSquares) * (rows * rows - occurringSquares);
        return spread == 0 ? 0 : (hits * rows - products) / Math.Sqrt(spread);
    }

    private static double CalibrationErrorOf(
        ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, ReadOnlySpan<int> predicted, int labels, ReadOnlySpan<double> weights)
    {
        Span<double> excess = stackalloc double[CalibrationBins]; // confidence less hits, summed over the rows of a bin
        excess.Clear();
        for (int row = 0; row < actual.Length; row++)
        {
            double confidence = probabilities[row * labels + predicted[row]];
            excess[BinOf(confidence)] += (weights.IsEmpty ? 1 : weights[row]) * (confidence - (predicted[row] == actual[row] ? 1 : 0));
        }

        double sum = 0;
        foreach (double bin in excess)
            sum += Math.Abs(bin);
        return sum / Magnitude.Total(weights, actual.Length);
    }
}
