using NnService.Engine.Kernels;

namespace NnService.Engine.Data;

/// <summary>Learns from training rows how one column becomes inputs.</summary>
internal static class FeatureFit
{
    internal static FeatureColumn Of(Column column, ReadOnlySpan<int> rows, PreprocessingSpec spec)
    {
        int firstMissing = FirstMissing(column, rows);
        if (firstMissing >= 0 && spec.Missing == MissingCells.Error)
            throw TableEncoder.MissingCell(column.Name, firstMissing);
        FeatureColumn fitted = column.Type switch
        {
            ColumnType.Number => OfNumbers(column, rows, spec),
            ColumnType.Boolean => OfBooleans(column, rows),
            _ when spec.Dates == DateCells.Parts && DatePart.IsColumnOfDates(column) =>
                new FeatureColumn { Name = column.Name, Type = ColumnType.Category, Dates = DatePart.Fit(column, rows) },
            ColumnType.Category => OfCategories(column, rows, spec.MaxCategories),
            _ => throw new PreparationException(
                $"Column \"{column.Name}\" holds text with {column.Categories.Count:N0} distinct values, too many to encode; leave it out of the features or declare it a category.",
                column.Name),
        };
        return fitted with { MissingIndicator = firstMissing >= 0 };
    }

    private static FeatureColumn OfNumbers(Column column, ReadOnlySpan<int> rows, PreprocessingSpec spec)
    {
        ColumnScaling? given = spec.Columns?.GetValueOrDefault(column.Name);
        bool isLog = given?.Transform == NumberTransform.Log1p;
        double[] present = Present(column, rows, isLog);
        var moments = Moments.Of(present);
        double shift = 0;
        double scale = 1;
        if (given is { IsFixed: true })
            (shift, scale) = (given.Shift ?? 0, given.Scale ?? 1);
        else if (spec.Numeric == NumericScaling.Standardize)
            (shift, scale) = (moments.Mean, moments.StandardDeviation);
        else if (spec.Numeric == NumericScaling.MinMax)
            (shift, scale) = (moments.Min, moments.Max - moments.Min);
        else if (spec.Numeric == NumericScaling.Robust)
            (shift, scale) = MedianAndSpread(present);
        return new FeatureColumn
        {
            Name = column.Name,
            Type = ColumnType.Number,
            Shift = shift,
            Scale = scale == 0 || !double.IsFinite(scale) ? 1 : scale, // a constant column becomes zeros
            Log1p = isLog,
            Imputed = moments.Count == 0 ? null : isLog ? Transcendentals.Expm1(moments.Mean) : moments.Mean,
        };
    }

    // The numbers that are there, or ln(1 + x) of them.
    private static double[] Present(Column column, ReadOnlySpan<int> rows, bool isLog)
    {
        var present = new List<double>(rows.Length);
        foreach (int row in rows)
        {
            if (!column.IsMissing(row))
                present.Add(isLog ? Transcendentals.Log1p(column.Numbers[row]) : column.Numbers[row]);
        }

        return [.. present];
    }

    private static FeatureColumn OfBooleans(Column column, ReadOnlySpan<int> rows)
    {
        int present = 0;
        int ones = 0;
        foreach (int row in rows)
        {
            present += column.IsMissing(row) ? 0 : 1;
            ones += column.Numbers[row] == 1 ? 1 : 0;
        }

        return new FeatureColumn { Name = column.Name, Type = ColumnType.Boolean, Imputed = present == 0 ? null : 2L * ones > present ? 1 : 0 };
    }

    private static FeatureColumn OfCategories(Column column, ReadOnlySpan<int> rows, int maxCategories)
    {
        var counts = new int[column.Categories.Count];
        foreach (int row in rows)
        {
            if (!column.IsMissing(row))
                counts[column.Codes[row]]++;
        }

        int[] byFrequency = [.. Enumerable.Range(0, counts.Length).Where(code => counts[code] > 0).OrderByDescending(code => counts[code])];
        return new FeatureColumn
        {
            Name = column.Name,
            Type = ColumnType.Category,
            Categories = [.. byFrequency.Take(maxCategories).Order().Select(code => column.Categories[code])],
            HasOther = byFrequency.Length > maxCategories,
            OtherCategories = byFrequency.Length - maxCategories is > 0 and <= FeatureColumn.MostOtherCategories
                ? [.. byFrequency.Skip(maxCategories).Order().Select(code => column.Categories[code])]
                : null,
            ImputedCategory = byFrequency.Length > 0 ? column.Categories[byFrequency[0]] : null,
        };
    }

    private static int FirstMissing(Column column, ReadOnlySpan<int> rows)
    {
        foreach (int row in rows)
        {
            if (column.IsMissing(row))
                return row;
        }

        return -1;
    }

    private static (double Median, double Spread) MedianAndSpread(double[] present)
    {
        Array.Sort(present);
        if (present.Length == 0)
            return (0, 1);
        double spread = Quantile(present, 0.75) - Quantile(present, 0.25);
        return (Quantile(present, 0.5), spread > 0 ? spread : present[^1] - present[0]); // most values alike: the range, or one odd value would be enormous
    }

    // Linear interpolation between the two nearest ranks (type 7 of Hyndman & Fan 1996).
    private static double Quantile(double[] sorted, double fraction)
    {
        double rank = fraction * (sorted.Length - 1);
        int below = (int)Math.Floor(rank);
        int above = Math.Min(below + 1, sorted.Length - 1);
        double weight = rank - below;
        return weight == 0 ? sorted[below] : sorted[below] * (1 - weight) + sorted[above] * weight;
    }
}
