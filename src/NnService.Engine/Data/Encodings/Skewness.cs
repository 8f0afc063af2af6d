using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>How lopsided the numbers of a column lie: the mean of ((x − mean) / standard deviation)³, as of a whole population.</summary>
public static class Skewness
{
    /// <summary>Of the rows' numbers, missing ones left out; 0 where they do not vary.</summary>
    /// <param name="column">A column of numbers.</param>
    /// <param name="rows">The rows that count, in ascending order.</param>
    public static double Of(Column column, ReadOnlyMemory<int> rows)
    {
        Column cells = rows.Length == column.Rows ? column.InMemory() : column.Take(rows);
        ReadOnlySpan<double> numbers = cells.Numbers;
        var moments = Moments.Of(numbers);
        if (!(moments.StandardDeviation > 0))
            return 0;
        double sum = 0;
        foreach (double number in numbers)
        {
            if (double.IsNaN(number))
                continue;
            double deviation = Scaling.Apply(number, moments.Mean, moments.StandardDeviation);
            sum += deviation * deviation * deviation;
        }

        return sum / moments.Count;
    }
}
