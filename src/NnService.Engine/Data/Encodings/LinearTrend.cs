using NnService.Engine.Data.Columns;
using NnService.Engine.Kernels;

namespace NnService.Engine.Data.Encodings;

/// <summary>
/// How much of a regression's target a straight line through a column explains: the squared correlation (Pearson 1895), of the column as it is and of its
/// logarithm. A total that is the sum of its parts is lost in their logarithms, to a linear model wholly and to a network in part.
/// </summary>
public sealed class LinearTrend
{
    private const int MostRows = 4000; // their chance is far below what is asked for
    private const double MuchMore = 0.1; // of the target's variance

    private readonly int[] _rows = [];
    private readonly double[] _target = [];

    /// <summary>Of some of the training rows. It finds nothing where the task is none of regression, or the targets are several.</summary>
    /// <param name="table">The table.</param>
    /// <param name="target">How its target becomes outputs.</param>
    /// <param name="trainRows">The training rows, in ascending order.</param>
    public LinearTrend(Table table, TargetEncoding target, ReadOnlySpan<int> trainRows)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Task != TaskKind.Regression || target.Columns.Count > 1)
            return;
        _rows = new int[Math.Min(trainRows.Length, MostRows)];
        for (int i = 0; i < _rows.Length; i++)
            _rows[i] = trainRows[(int)((long)i * trainRows.Length / _rows.Length)];
        _target = new double[_rows.Length];
        target.Encode<double>(table, _rows, 1, _target);
    }

    /// <summary>Whether the column explains much more of the target as it is than by ln(1 + x).</summary>
    /// <param name="column">A column of numbers, none of them negative.</param>
    public bool IsLostInLogarithm(Column column)
    {
        ArgumentNullException.ThrowIfNull(column);
        if (_rows.Length == 0)
            return false;
        double[] numbers = column.Take(_rows).Numbers.ToArray();
        return ShareExplained(numbers) - ShareExplained(Array.ConvertAll(numbers, Transcendentals.Log1p)) > MuchMore;
    }

    // Deviations over their largest, so that no square is too large for a number.
    private double ShareExplained(double[] numbers)
    {
        int[] there = [.. Enumerable.Range(0, numbers.Length).Where(i => !double.IsNaN(numbers[i]))];
        if (there.Length == 0)
            return 0;
        double[] x = Deviations(Array.ConvertAll(there, i => numbers[i]));
        double[] y = Deviations(Array.ConvertAll(there, i => _target[i]));
        double xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xx += x[i] * x[i];
            yy += y[i] * y[i];
            xy += x[i] * y[i];
        }

        return xx > 0 && yy > 0 ? xy * xy / xx / yy : 0;
    }

    private static double[] Deviations(double[] values)
    {
        double most = values.Max(Math.Abs);
        if (most == 0)
            return values;
        double mean = values.Sum(value => value / most) / values.Length;
        return Array.ConvertAll(values, value => value / most - mean);
    }
}
