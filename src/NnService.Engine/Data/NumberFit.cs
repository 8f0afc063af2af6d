using System.Globalization;

namespace NnService.Engine.Data;

/// <summary>Whether a precision holds the numbers of a table once they are encoded.</summary>
public static class NumberFit
{
    private const double ScaledRange = 1 << 13; // of a column that was scaled to about 1: below it float32 keeps 11 bits of its deviation
    private const double StepsInDeviation = 1000;

    /// <summary>What is said of the first number that is too large to compute with, and whether it is a target's; null: none is.</summary>
    /// <param name="table">The table.</param>
    /// <param name="features">How its columns become inputs.</param>
    /// <param name="target">How its target becomes outputs.</param>
    /// <param name="precision">The precision of the network.</param>
    public static (string Problem, bool IsTarget)? TooLarge(Table table, FeatureEncoding features, TargetEncoding target, Precision precision)
    {
        foreach (Coded coded in Columns(table, features, target))
        {
            (double min, double max) = coded.Extremes();
            if (Fits(coded.Encode(min), precision) && Fits(coded.Encode(max), precision))
                continue;
            Column column = coded.Column.InMemory();
            int row = Enumerable.Range(0, column.Rows).First(row => !column.IsMissing(row) && !Fits(coded.Encode(column.Numbers[row]), precision));
            string why = coded.Scale == 1
                ? $"is too large to compute with in {Name(precision)}: scale the column (standardize)"
                : $"is too large to compute with in {Name(precision)}, being so far from the training rows, by which the column is scaled: leave the row out";
            return (PreparationException.At(column, row, $"{column.TextAt(row)} {why}{(precision == Precision.Float32 ? ", or set precision to float64." : ".")}").Message, coded.IsTarget);
        }

        return null;
    }

    /// <summary>A sentence for each column whose numbers float32 cannot tell apart, because they lie far from zero and are not scaled.</summary>
    /// <param name="table">The table.</param>
    /// <param name="features">How its columns become inputs.</param>
    /// <param name="target">How its target becomes outputs.</param>
    /// <param name="precision">The precision of the network.</param>
    public static IEnumerable<string> Rounded(Table table, FeatureEncoding features, TargetEncoding target, Precision precision)
    {
        if (precision != Precision.Float32)
            yield break;
        foreach (Coded coded in Columns(table, features, target))
        {
            (double min, double max) = coded.Extremes();
            double most = Math.Max(Math.Abs(coded.Encode(min)), Math.Abs(coded.Encode(max)));
            if (!(coded.Scale == 1 || most >= ScaledRange) || !Fits(most, precision))
                continue;
            double step = ((double)MathF.BitIncrement((float)most) - (float)most) * Math.Abs(coded.Scale);
            double deviation = Moments.Of(coded.Column).StandardDeviation;
            if (deviation > 0 && step * StepsInDeviation > deviation)
                yield return $"float32 holds the numbers of \"{coded.Column.Name}\" to {Text(step)} only, where their standard deviation is {Text(deviation)}; standardize the column, or set precision to float64.";
        }
    }

    private static IEnumerable<Coded> Columns(Table table, FeatureEncoding features, TargetEncoding target)
    {
        foreach (FeatureColumn feature in features.Columns)
        {
            if (feature is { Type: ColumnType.Number, Log1p: false } && table.Find(feature.Name) is { IsNumeric: true } column)
                yield return new Coded(column, feature.Shift, feature.Scale, false);
        }

        for (int i = 0; i < target.Shift.Count && !target.Log1p; i++)
            yield return new Coded(table.Find(target.Columns[i])!, target.Shift[i], target.Scale[i], true);
    }

    private static bool Fits(double encoded, Precision precision) => precision == Precision.Float32 ? float.IsFinite((float)encoded) : double.IsFinite(encoded);

    private static string Name(Precision precision) => precision == Precision.Float32 ? "float32" : "float64";

    private static string Text(double number) => number.ToString("G3", CultureInfo.InvariantCulture);

    private readonly record struct Coded(Column Column, double Shift, double Scale, bool IsTarget)
    {
        internal double Encode(double value) => Scaling.Apply(value, Shift, Scale);

        // 0 and 0 where every cell is missing.
        internal (double Min, double Max) Extremes()
        {
            (double min, double max) = (double.PositiveInfinity, double.NegativeInfinity);
            Column.Scan(numbers =>
            {
                foreach (double number in numbers)
                {
                    if (!double.IsNaN(number))
                        (min, max) = (Math.Min(min, number), Math.Max(max, number));
                }
            });
            return min > max ? (0, 0) : (min, max);
        }
    }
}
