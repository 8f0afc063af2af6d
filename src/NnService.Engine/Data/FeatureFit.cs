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
            ColumnType.Category => OfCategories(column, rows, spec.MaxCategories),
            _ => throw new PreparationException(
                $"Column \"{column.Name}\" holds text with {column.Categories.Count:N0} distinct values, too many to encode; leave it out of the features or declare it a category.",
                column.Name),
        };
        return fitted with { MissingIndicator = firstMissing >= 0 };
    }

    private static FeatureColumn OfNumbers(Column column, ReadOnlySpan<int> rows, PreprocessingSpec spec)
    {
        var moments = Moments.Of(column.Numbers, rows);
        double shift = 0;
        double scale = 1;
        if (spec.Columns is not null && spec.Columns.TryGetValue(column.Name, out ColumnScaling? given))
            (shift, scale) = (given.Shift, given.Scale);
        else if (spec.Numeric == NumericScaling.Standardize)
            (shift, scale) = (moments.Mean, moments.StandardDeviation);
        else if (spec.Numeric == NumericScaling.MinMax)
            (shift, scale) = (moments.Min, moments.Max - moments.Min);
        else if (spec.Numeric == NumericScaling.Robust)
            (shift, scale) = MedianAndSpread(column, rows);
        return new FeatureColumn
        {
            Name = column.Name,
            Type = ColumnType.Number,
            Shift = shift,
            Scale = scale == 0 || !double.IsFinite(scale) ? 1 : scale, // a constant column becomes zeros
            Imputed = moments.Count > 0 ? moments.Mean : null,
        };
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

    private static (double Median, double Spread) MedianAndSpread(Column column, ReadOnlySpan<int> rows)
    {
        var sorted = new List<double>(rows.Length);
        foreach (int row in rows)
        {
            if (!column.IsMissing(row))
                sorted.Add(column.Numbers[row]);
        }

        sorted.Sort();
        return sorted.Count == 0 ? (0, 1) : (Quantile(sorted, 0.5), Quantile(sorted, 0.75) - Quantile(sorted, 0.25));
    }

    // Linear interpolation between the two nearest ranks (type 7 of Hyndman & Fan 1996).
    private static double Quantile(List<double> sorted, double fraction)
    {
        double rank = fraction * (sorted.Count - 1);
        int below = (int)Math.Floor(rank);
        int above = Math.Min(below + 1, sorted.Count - 1);
        double weight = rank - below;
        return weight == 0 ? sorted[below] : sorted[below] * (1 - weight) + sorted[above] * weight;
    }
}
