using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>
/// The value of a number column that lies farthest out: more than ten times as far from the median as nine values in ten do. It hardly changes the standard
/// deviation of a long column, and yet a network answers its row with a number that has nothing to do with the others; where that row decides when a training
/// ends, it decides wrongly.
/// </summary>
/// <remarks>Set on eighteen real tables: of their columns that are not amounts with a heavy tail, it finds one, of sizes in mm with typing errors.</remarks>
/// <param name="Row">The row of the table.</param>
/// <param name="Times">How many times as far from the median as nine values in ten.</param>
public sealed record FarValue(int Row, double Times)
{
    private const double Share = 0.9;
    private const double Most = 10;
    private const int FewestValues = 20;
    private const int SampleRows = 1024; // the median and the usual distance are those of a sample

    /// <summary>Looks at a number column; null where nothing lies so far out, or most values are the same.</summary>
    /// <param name="column">The column.</param>
    /// <param name="rows">The rows that count, in ascending order.</param>
    public static FarValue? In(Column column, ReadOnlyMemory<int> rows)
    {
        Column cells = rows.Length == column.Rows ? column.InMemory() : column.Take(rows);
        ReadOnlySpan<double> values = cells.Numbers;
        int step = Math.Max(1, values.Length / SampleRows);
        var sample = new List<double>();
        for (int i = 0; i < values.Length; i += step)
        {
            if (!double.IsNaN(values[i]))
                sample.Add(values[i]);
        }

        if (sample.Count < FewestValues)
            return null;
        sample.Sort();
        double median = sample[sample.Count / 2];
        double[] distances = [.. sample.Select(value => Math.Abs(value - median)).Order()];
        double usual = distances[(int)(Share * (distances.Length - 1))];
        if (usual == 0)
            return null;
        int farthest = -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsNaN(values[i]) && (farthest < 0 || Math.Abs(values[i] - median) > Math.Abs(values[farthest] - median)))
                farthest = i;
        }

        double times = Math.Abs(values[farthest] - median) / usual;
        return times > Most ? new FarValue(rows.Span[farthest], times) : null;
    }
}
