using System.Globalization;
using System.Numerics;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>Whether a precision holds the numbers of a table once they are encoded.</summary>
public static class NumberFit
{
    private const double ScaledRange = 1 << 13; // of a column that was scaled to about 1: below it float32 keeps 11 bits of its deviation
    private const double StepsInDeviation = 1000;

    /// <summary>What is said of the first number of a feature that is too large to compute with; null: none is.</summary>
    /// <param name="column">The column.</param>
    /// <param name="feature">How it becomes inputs.</param>
    /// <param name="precision">The precision of the network.</param>
    public static string? TooLarge(Column column, FeatureColumn feature, Precision precision) =>
        IsCoded(column, feature) ? new Coded(column, feature.Shift, feature.Scale).TooLarge(precision) : null;

    /// <summary>The same of the targets of a regression.</summary>
    public static string? TooLarge(Table table, TargetEncoding target, Precision precision) =>
        Targets(table, target).Select(coded => coded.TooLarge(precision)).FirstOrDefault(found => found is not null);

    /// <summary>A sentence where float32 cannot tell the numbers of a feature apart, because they lie far from zero and are not scaled; null otherwise.</summary>
    /// <param name="column">The column.</param>
    /// <param name="feature">How it becomes inputs.</param>
    /// <param name="precision">The precision of the network.</param>
    public static string? Rounded(Column column, FeatureColumn feature, Precision precision) =>
        IsCoded(column, feature) ? new Coded(column, feature.Shift, feature.Scale).Rounded(precision) : null;

    /// <summary>The same of each target of a regression.</summary>
    public static IEnumerable<string> Rounded(Table table, TargetEncoding target, Precision precision) =>
        Targets(table, target).Select(coded => coded.Rounded(precision)).OfType<string>();

    private static bool IsCoded(Column column, FeatureColumn feature) => feature is { Type: ColumnType.Number, Log1p: false } && column.IsNumeric;

    private static IEnumerable<Coded> Targets(Table table, TargetEncoding target)
    {
        for (int i = 0; i < target.Shift.Count && !target.Log1p; i++)
            yield return new Coded(table.Find(target.Columns[i])!, target.Shift[i], target.Scale[i]);
    }

    private static bool Fits(double encoded, Precision precision) => precision == Precision.Float32 ? float.IsFinite((float)encoded) : double.IsFinite(encoded);

    private static string Name(Precision precision) => precision == Precision.Float32 ? "float32" : "float64";

    private static string Text(double number) => number.ToString("G3", CultureInfo.InvariantCulture);

    private readonly record struct Coded(Column Column, double Shift, double Scale)
    {
        internal string? TooLarge(Precision precision)
        {
            (double min, double max) = Extremes();
            if (Fits(Encode(min), precision) && Fits(Encode(max), precision))
                return null;
            Coded self = this;
            int row = Enumerable.Range(0, Column.Rows).First(row => !self.Column.IsMissing(row) && !Fits(self.Encode(self.Column.Numbers[row]), precision));
            string why = Scale == 1
                ? $"is too large to compute with in {Name(precision)}: scale the column (standardize)"
                : $"is too large to compute with in {Name(precision)}, being so far from the training rows, by which the column is scaled: leave the row out";
            return PreparationException.At(Column, row, $"{Column.TextAt(row)} {why}{(precision == Precision.Float32 ? ", or set precision to float64." : ".")}").Message;
        }

        internal string? Rounded(Precision precision)
        {
            if (precision != Precision.Float32)
                return null;
            (double min, double max) = Extremes();
            double most = Math.Max(Math.Abs(Encode(min)), Math.Abs(Encode(max)));
            if (!(Scale == 1 || most >= ScaledRange) || !Fits(most, precision))
                return null;
            double step = ((double)MathF.BitIncrement((float)most) - (float)most) * Math.Abs(Scale);
            double deviation = Moments.Of(Column).StandardDeviation;
            return deviation > 0 && step * StepsInDeviation > deviation
                ? $"float32 holds the numbers of \"{Column.Name}\" to {Text(step)} only, where their standard deviation is {Text(deviation)}; standardize the column, or set precision to float64."
                : null;
        }

        private double Encode(double value) => Scaling.Apply(value, Shift, Scale);

        // 0 and 0 where every cell is missing.
        private (double Min, double Max) Extremes()
        {
            (double min, double max) = (double.PositiveInfinity, double.NegativeInfinity);
            Column.Scan(numbers =>
            {
                Vector<double> least = new(min), most = new(max);
                for (; numbers.Length >= Vector<double>.Count; numbers = numbers[Vector<double>.Count..])
                {
                    var some = new Vector<double>(numbers);
                    Vector<long> isPresent = Vector.Equals(some, some); // NaN is not equal to itself
                    least = Vector.ConditionalSelect(isPresent, Vector.Min(least, some), least);
                    most = Vector.ConditionalSelect(isPresent, Vector.Max(most, some), most);
                }

                for (int i = 0; i < Vector<double>.Count; i++)
                    (min, max) = (Math.Min(min, least[i]), Math.Max(max, most[i]));
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
