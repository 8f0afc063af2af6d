using System.Runtime.InteropServices;
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
    public static FarValue? In(Column column, ReadOnlySpan<int> rows)
    {
        Column whole = column.InMemory();
        ReadOnlySpan<double> values = whole.Numbers;
        int step = Math.Max(1, rows.Length / SampleRows);
        var sample = new List<double>();
        for (int i = 0; i < rows.Length; i += step)
        {
            if (!double.IsNaN(values[rows[i]]))
                sample.Add(values[rows[i]]);
        }

        if (sample.Count < FewestValues)
            return null;
        Span<double> distances = CollectionsMarshal.AsSpan(sample);
        double median = OrderStatistic.At(distances, distances.Length / 2);
        foreach (ref double value in distances)
            value = Math.Abs(value - median);
        double usual = OrderStatistic.At(distances, (int)(Share * (distances.Length - 1)));
        if (usual == 0)
            return null;
        (double min, double max) = whole.Extremes();
        if (!(Math.Max(Math.Abs(min - median), Math.Abs(max - median)) / usual > Most))
            return null; // no value of the column, in whatever rows
        int farthest = -1;
        double distance = -1;
        foreach (int row in rows)
        {
            if (Math.Abs(values[row] - median) > distance) // never where it is missing
                (farthest, distance) = (row, Math.Abs(values[row] - median));
        }

        double times = distance / usual;
        return times > Most ? new FarValue(farthest, times) : null;
    }
}
