using System.Globalization;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>A column that says how much each row counts.</summary>
public static class RowWeights
{
    // Sums of such weights, and quotients of them, are numbers of float32 too.
    private const double Tiny = 1e-20;
    private const double Huge = 1e20;

    /// <summary>[rows] the weights; null where there is no such column, and every row counts the same.</summary>
    /// <param name="table">The table.</param>
    /// <param name="column">The column that <see cref="Problem"/> has found good; null: none.</param>
    /// <param name="rows">The rows.</param>
    public static double[]? Of(Table table, string? column, ReadOnlySpan<int> rows)
    {
        if (column is null)
            return null;
        ArgumentNullException.ThrowIfNull(table);
        var numbers = (table.Find(column) ?? throw new ArgumentException($"The table has no column \"{column}\".", nameof(column))).Numbers;
        var weights = new double[rows.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = numbers[rows[i]];
        return weights;
    }

    /// <summary>Why a column's numbers cannot weigh some rows, in a sentence; null where they can.</summary>
    /// <param name="column">A number column.</param>
    /// <param name="rows">The rows, of one part of a split.</param>
    /// <param name="part">What the rows are called.</param>
    public static string? Problem(Column column, ReadOnlySpan<int> rows, string part)
    {
        ArgumentNullException.ThrowIfNull(column);
        ReadOnlySpan<double> numbers = column.Numbers;
        double most = 0;
        foreach (int row in rows)
        {
            if (double.IsNaN(numbers[row]))
                return At(column, row, "the weight is missing. Give every row one, 0 where it is not to count.");
            if (numbers[row] < 0)
                return At(column, row, $"the weight is {Text(numbers[row])}; a weight must be at least 0.");
            most = Math.Max(most, numbers[row]);
        }

        if (rows.IsEmpty)
            return null;
        return most == 0 ? $"Column \"{column.Name}\" is 0 in every row of the {part} part: none of them would count."
            : most is < Tiny or > Huge
                ? $"The largest weight of the {part} part is {Text(most)}; multiply all weights by a number that makes it about 1, since their ratios count."
            : null;
    }

    /// <summary>
    /// The weights in such a unit that their sum is the number of rows that would tell as much if all weighed the same: (Σ w)² / Σ w² (Kish 1965). Metrics do
    /// not depend on the unit, but the widths of their intervals do.
    /// </summary>
    internal static double[] InEffectiveRows(double[] weights)
    {
        double most = weights.Max();
        double sum = 0;
        double squares = 0;
        foreach (double weight in weights)
        {
            double share = weight / most; // squares of large or tiny weights are no numbers
            (sum, squares) = (sum + share, squares + (share * share));
        }

        return Array.ConvertAll(weights, weight => weight / most * (sum / squares));
    }

    private static string At(Column column, int row, string what) => $"Column \"{column.Name}\", row {row} (counted from 0): {what}";

    private static string Text(double weight) => weight.ToString(CultureInfo.InvariantCulture);
}
