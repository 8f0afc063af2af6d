using System.Globalization;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>Whether a precision holds the numbers of a column once they are encoded.</summary>
public sealed class NumberFit
{
    private const double ScaledRange = 1 << 13; // of a column that was scaled to about 1: below it float32 keeps 11 bits of its deviation
    private const double StepsInDeviation = 1000;

    private readonly Column _column;
    private readonly double _shift;
    private readonly double _scale;
    private readonly double _min; // both are 0 where every cell is missing
    private readonly double _max;

    private NumberFit(Column column, double shift, double scale)
    {
        (_column, _shift, _scale) = (column, shift, scale);
        (double min, double max) = column.Extremes();
        (_min, _max) = min > max ? (0, 0) : (min, max);
    }

    /// <summary>Looks at a feature; null where its inputs are no numbers that are merely shifted and scaled.</summary>
    public static NumberFit? Of(Column column, FeatureColumn feature) =>
        feature is { Type: ColumnType.Number, IsScaledAlone: true } && column.IsNumeric ? new NumberFit(column, feature.Shift, feature.Scale) : null;

    /// <summary>Looks at each target of a regression.</summary>
    public static IEnumerable<NumberFit> Of(Table table, TargetEncoding target) => target.Log1p ? []
        : target.Shift.Select((shift, i) => new NumberFit(table.Find(target.Columns[i])!, shift, target.Scale[i]));

    /// <summary>What is said of the first number that is too large to compute with; null: none is.</summary>
    public string? TooLarge(Precision precision)
    {
        if (Fits(Encode(_min), precision) && Fits(Encode(_max), precision))
            return null;
        int row = Enumerable.Range(0, _column.Rows).First(row => !_column.IsMissing(row) && !Fits(Encode(_column.Numbers[row]), precision));
        string name = precision == Precision.Float32 ? "float32" : "float64";
        string why = _scale == 1
            ? $"is too large to compute with in {name}: scale the column (standardize)"
            : $"is too large to compute with in {name}, being so far from the training rows, by which the column is scaled: leave the row out";
        string way = precision == Precision.Float32 ? ", or set precision to float64." : ".";
        return PreparationException.At(_column, row, $"{_column.TextAt(row)} {why}{way}").Message;
    }

    /// <summary>A sentence where float32 cannot tell the numbers apart, because they lie far from zero and are not scaled; null otherwise.</summary>
    public string? Rounded(Precision precision)
    {
        double most = Math.Max(Math.Abs(Encode(_min)), Math.Abs(Encode(_max)));
        if (precision != Precision.Float32 || !(_scale == 1 || most >= ScaledRange) || !Fits(most, precision))
            return null;
        double step = ((double)MathF.BitIncrement((float)most) - (float)most) * Math.Abs(_scale);
        double deviation = Moments.Of(_column).StandardDeviation;
        return deviation > 0 && step * StepsInDeviation > deviation
            ? $"float32 holds the numbers of \"{_column.Name}\" to {Text(step)} only, where their standard deviation is {Text(deviation)}; "
                + "standardize the column, or set precision to float64."
            : null;
    }

    private double Encode(double value) => Scaling.Apply(value, _shift, _scale);

    private static bool Fits(double encoded, Precision precision) => precision == Precision.Float32 ? float.IsFinite((float)encoded) : double.IsFinite(encoded);

    private static string Text(double number) => number.ToString("G3", CultureInfo.InvariantCulture);
}
