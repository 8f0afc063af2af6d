using System.Runtime.CompilerServices;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % interval of what one model's figure is above another's on the same rows, row against row; infinite where the rows are too few to tell.
/// </summary>
/// <param name="Low">Above 0: the first model's figure is larger beyond chance.</param>
/// <param name="High">Below 0: it is smaller beyond chance.</param>
public readonly record struct PairedDifference(double Low, double High)
{
    /// <summary>Not even the same sign on each of five rows is beyond chance: 2 · 2⁻⁵ is above 5 %.</summary>
    private const int FewestRows = 6;

    /// <summary>Rows that all say the same have no spread to judge by; then as many are asked for as make a mean nearly normal.</summary>
    private const int FewestAlike = 30;

    private static readonly PairedDifference s_unknown = new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>
    /// Of the accuracy, or of the mean over the labels of their recalls: <see cref="PairedShares.Difference"/>, and as far as 0 where
    /// <see cref="PairedShares.Test"/> says that the rows on which the models differ may do so by chance.
    /// </summary>
    /// <param name="actual">[rows] label indexes.</param>
    /// <param name="first">[rows] what the first model says.</param>
    /// <param name="second">[rows] what the other says.</param>
    /// <param name="labels">Number of labels.</param>
    /// <param name="perLabel">Whether every label that occurs has the same weight.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1. They count as so many as <see cref="EffectiveRows"/> says.</param>
    public static PairedDifference OfShares(
        ReadOnlySpan<int> actual, ReadOnlySpan<int> first, ReadOnlySpan<int> second, int labels, bool perLabel, ReadOnlySpan<double> weights = default)
    {
        var counts = new PairedCount[perLabel ? labels : 1];
        for (var row = 0; row < actual.Length; row++)
            counts[perLabel ? actual[row] : 0].Add(first[row] == actual[row], second[row] == actual[row], weights.IsEmpty ? 1 : weights[row]);
        PairedShares[] shares = [.. counts.Where(count => count.Squares > 0).Select(count => count.Shares)];
        var (low, high) = PairedShares.DifferenceOfMeans(shares);
        return ShareInterval.OfMean([.. shares.Select(share => share.Test())]) is { Low: <= 0, High: >= 0 }
            ? new PairedDifference(Math.Min(low, 0), Math.Max(high, 0))
            : new PairedDifference(low, high);
    }

    /// <summary>
    /// Of the root mean squared error, the mean over the outputs: by Student's t on what each row adds to the difference, e² / (2 R) of the one less that of
    /// the other with R its root mean squared error (the delta method).
    /// </summary>
    /// <param name="first">[rows, outputs] answers of the first model.</param>
    /// <param name="second">[rows, outputs] of the other.</param>
    /// <param name="actual">[rows, outputs]</param>
    /// <param name="outputs">Numbers of a row.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    public static PairedDifference OfErrors(
        ReadOnlySpan<double> first, ReadOnlySpan<double> second, ReadOnlySpan<double> actual, int outputs, ReadOnlySpan<double> weights = default)
    {
        var rows = actual.Length / outputs;
        if (EffectiveRows.Of(weights, rows) < FewestRows)
            return s_unknown;
        var (firstErrors, secondErrors) = (Errors(first, actual), Errors(second, actual));
        var unit = Math.Max(Magnitude.Exponent(firstErrors), Magnitude.Exponent(secondErrors));
        var (parts, difference) = (new double[rows], 0.0);
        foreach (var (errors, sign) in new[] { (firstErrors, 1.0), (secondErrors, -1.0) })
        {
            for (var k = 0; k < outputs; k++)
            {
                var squares = 0.0;
                for (var at = k; at < errors.Length; at += outputs)
                    squares += weights.IsEmpty ? Square(errors[at], unit) : weights[at / outputs] * Square(errors[at], unit);
                var root = Math.Sqrt(squares / Magnitude.Total(weights, rows));
                difference += sign * root / outputs;
                for (var row = 0; root > 0 && row < rows; row++)
                    parts[row] += sign * Square(errors[(row * outputs) + k], unit) / (2 * root * outputs);
            }
        }

        return Around(difference, parts, weights).Times(unit + 1); // the errors are halves
    }

    /// <summary>Of the mean of a figure that every row has: by Student's t on the rows' differences.</summary>
    /// <param name="first">[rows] of the first model.</param>
    /// <param name="second">[rows] of the other.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1.</param>
    public static PairedDifference OfMeans(ReadOnlySpan<double> first, ReadOnlySpan<double> second, ReadOnlySpan<double> weights = default)
    {
        if (EffectiveRows.Of(weights, first.Length) < FewestRows)
            return s_unknown;
        var (differences, unit) = Magnitude.Differences(first, second);
        var exponent = Magnitude.Exponent(differences);
        differences = Magnitude.Scaled(differences, exponent);
        return Around(Magnitude.Mean(differences, weights), differences, weights).Times(unit + exponent);
    }

    /// <summary>
    /// Of the area under the ROC curve, of the positive label of two or the mean over the labels: by Student's t on what each row moves the areas by (DeLong,
    /// DeLong and Clarke-Pearson 1988).
    /// </summary>
    /// <param name="first">[rows, labels] of the first model.</param>
    /// <param name="second">[rows, labels] of the other.</param>
    /// <param name="actual">[rows] label indexes.</param>
    /// <param name="labels">Number of labels.</param>
    /// <param name="positive">Index of the positive label of two; −1: there is none.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static PairedDifference OfAreas(
        ReadOnlySpan<double> first, ReadOnlySpan<double> second, ReadOnlySpan<int> actual, int labels, int positive, ReadOnlySpan<double> weights = default)
    {
        var (moves, difference, defined, fewest) = (new double[actual.Length], 0.0, 0, double.PositiveInfinity);
        var columns = new LabelColumns(first, actual, labels, positive);
        var others = new LabelColumns(second, actual, labels, positive);
        while (columns.MoveNext() && others.MoveNext())
        {
            foreach (var (scores, sign) in new[] { (columns.Scores, 1), (others.Scores, -1) })
            {
                var isPositive = columns.IsOwn;
                var (found, _, own) = Ranking.WithMoves(scores, isPositive, weights);
                if (found is not { } area)
                    continue;
                difference += sign * area;
                fewest = Math.Min(fewest, Math.Min(EffectiveRows.Of(isPositive, true, weights), EffectiveRows.Of(isPositive, false, weights)));
                defined++;
                for (var row = 0; row < moves.Length; row++)
                    moves[row] += sign * own[row];
            }
        }

        if (defined == 0 || fewest < FewestRows)
            return s_unknown;
        var (count, squares) = (defined / 2.0, 0.0);
        foreach (var move in moves)
            squares += move * move;
        var reach = NormalTail.StudentT(fewest - 1) * Math.Sqrt(squares * fewest / (fewest - 1)) / count;
        return new PairedDifference((difference / count) - reach, (difference / count) + reach);
    }

    private PairedDifference Times(int powerOfTwo) => new(Math.ScaleB(Low, powerOfTwo), Math.ScaleB(High, powerOfTwo));

    private static PairedDifference Around(double difference, double[] parts, ReadOnlySpan<double> weights)
    {
        var (mean, squares, rows) = (Magnitude.Mean(parts, weights), 0.0, EffectiveRows.Of(weights, parts.Length));
        var ofOne = parts.Length / Magnitude.Total(weights, parts.Length);
        for (var row = 0; row < parts.Length; row++)
        {
            var deviation = (weights.IsEmpty ? 1 : weights[row] * ofOne) * (parts[row] - mean); // of a mean with weights, by the delta method
            squares += deviation * deviation;
        }

        var error = Math.Sqrt(squares / (parts.Length - 1) / parts.Length);
        if (error <= 1e-9 * Math.Abs(mean) && rows < FewestAlike)
            return s_unknown;
        var reach = NormalTail.StudentT(rows - 1) * error;
        return new PairedDifference(difference - reach, difference + reach);
    }

    private static double[] Errors(ReadOnlySpan<double> answers, ReadOnlySpan<double> actual)
    {
        var errors = new double[actual.Length];
        for (var i = 0; i < errors.Length; i++)
            errors[i] = (answers[i] / 2) - (actual[i] / 2); // half of it is a number whatever they are
        return errors;
    }

    private static double Square(double error, int unit)
    {
        var scaled = Math.ScaleB(error, -unit);
        return scaled * scaled;
    }
}
