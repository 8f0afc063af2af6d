using System.Buffers;
using NnService.Engine.Data.Columns;
using NnService.Engine.Kernels;

namespace NnService.Engine.Data.Encodings;

/// <summary>Learns from training rows how one column becomes inputs.</summary>
internal static class FeatureFit
{
    /// <param name="column">The column.</param>
    /// <param name="rows">The rows to learn from.</param>
    /// <param name="spec">How columns become inputs.</param>
    /// <param name="given">How this one does where it differs; null: it does not.</param>
    /// <param name="notation">How the table writes missing cells.</param>
    internal static FeatureColumn Of(Column column, ReadOnlyMemory<int> rows, PreprocessingSpec spec, ColumnScaling? given, CellNotation notation)
    {
        int firstMissing = FirstMissing(column, rows);
        bool ignoresConstants = spec.IgnoreConstants ?? true;
        if (firstMissing >= 0 && spec.Missing == MissingCells.Error)
            throw TableEncoder.MissingCell(column, firstMissing);
        FeatureColumn fitted = column.Type switch
        {
            ColumnType.Number => OfNumbers(column, rows, spec, given, ignoresConstants),
            ColumnType.Boolean => OfBooleans(column, rows, ignoresConstants),
            _ when spec.Dates == DateCells.Parts && DatePart.IsColumnOfDates(column) =>
                new FeatureColumn { Name = column.Name, Type = ColumnType.Category, Dates = DatePart.Fit(column, rows, ignoresConstants) },
            ColumnType.Category => OfCategories(column, rows, given?.MaxCategories ?? spec.MaxCategories ?? CategoryCap.Usual, notation),
            _ => throw new PreparationException(
                $"Column \"{column.Name}\" holds text with {column.Categories.Count:N0} distinct values, too many to encode; "
                    + $"leave it out of the features or declare it a category.",
                column.Name),
        };
        return fitted with { MissingIndicator = firstMissing >= 0 };
    }

    private static FeatureColumn OfNumbers(Column column, ReadOnlyMemory<int> rows, PreprocessingSpec spec, ColumnScaling? given, bool ignoresConstants)
    {
        NumericScaling numeric = given?.Numeric ?? spec.Numeric ?? NumericScaling.Standardize;
        bool isLog = given?.Transform == NumberTransform.Log1p;
        bool isClipped = given is not { IsFixed: true } && numeric == NumericScaling.RobustClip;
        double[] room = ArrayPool<double>.Shared.Rent(rows.Length);
        Span<double> present = room.AsSpan(0, Present(column, rows, isLog, room));
        var moments = Moments.Of(present);
        double shift = 0;
        double scale = 1;
        if (given is { IsFixed: true })
            (shift, scale) = (given.Shift ?? 0, given.Scale ?? 1);
        else if (numeric == NumericScaling.Standardize)
            (shift, scale) = (moments.Mean, moments.StandardDeviation);
        else if (numeric == NumericScaling.MinMax)
            (shift, scale) = (moments.Min, Math.Min(moments.Max - moments.Min, double.MaxValue)); // half of the widest range is as good
        else if (numeric is NumericScaling.Robust or NumericScaling.RobustClip)
            (shift, scale) = MedianAndSpread(present, isClipped ? 0.5 : 1);
        double middle = isClipped ? shift : moments.Mean;
        ArrayPool<double>.Shared.Return(room);
        return new FeatureColumn
        {
            Name = column.Name,
            Type = ColumnType.Number,
            Shift = shift,
            Scale = scale != 0 ? scale : ignoresConstants ? Scaling.OfOneValue : 1,
            Log1p = isLog,
            Clip = isClipped || (scale == 0 && ignoresConstants), // of the largest numbers a part would be left
            Imputed = moments.Count == 0 ? null : isLog ? Transcendentals.Expm1(middle) : middle,
        };
    }

    // Gathers the numbers that are there, or ln(1 + x) of them; how many there are.
    private static int Present(Column column, ReadOnlyMemory<int> rows, bool isLog, double[] present)
    {
        int count = 0;
        foreach ((Column cells, ReadOnlyMemory<int> some) in column.Pieces(rows))
        {
            count += NumberValues.Present(cells.Numbers, some.Span, present.AsSpan(count));
        }

        if (isLog)
        {
            foreach (ref double number in present.AsSpan(0, count))
                number = Transcendentals.Log1p(number);
        }

        return count;
    }

    private static FeatureColumn OfBooleans(Column column, ReadOnlyMemory<int> rows, bool ignoresConstants)
    {
        int present = 0;
        int ones = 0;
        foreach ((Column cells, ReadOnlyMemory<int> some) in column.Pieces(rows))
        {
            ReadOnlySpan<double> flags = cells.Numbers;
            foreach (int row in some.Span)
            {
                present += double.IsNaN(flags[row]) ? 0 : 1;
                ones += flags[row] == 1 ? 1 : 0;
            }
        }

        bool isIgnored = ignoresConstants && (ones == 0 || ones == present);
        return new FeatureColumn
        {
            Name = column.Name,
            Type = ColumnType.Boolean,
            Shift = isIgnored && ones > 0 ? 1 : 0,
            Scale = isIgnored ? Scaling.OfOneValue : 1,
            Imputed = present == 0 ? null : 2L * ones > present ? 1 : 0,
        };
    }

    internal static FeatureColumn OfCategories(Column column, ReadOnlyMemory<int> rows, int maxCategories, CellNotation notation)
    {
        IReadOnlyList<string> categories = column.Categories;
        int[] counts = CountCodes(column, rows, categories);
        int[] byFrequency = [.. Enumerable.Range(0, counts.Length).Where(code => counts[code] > 0).OrderByDescending(code => counts[code])];
        IEnumerable<string> others = byFrequency.Skip(maxCategories).Order().Select(code => categories[code]);
        bool areMany = byFrequency.Length - maxCategories > FeatureColumn.MostOtherCategories;
        string[] spellings = areMany ? [.. others.Where(IsMissingElsewhere)] : [];
        return new FeatureColumn
        {
            Name = column.Name,
            Type = ColumnType.Category,
            Categories = [.. byFrequency.Take(maxCategories).Order().Select(code => categories[code])],
            HasOther = byFrequency.Length > maxCategories,
            OtherCategories = byFrequency.Length > maxCategories && !areMany ? [.. others] : null,
            OtherMissingSpellings = spellings.Length > 0 ? spellings : null,
            ImputedCategory = byFrequency.Length > 0 ? categories[byFrequency[0]] : null,
        };

        bool IsMissingElsewhere(string word) => notation.IsMissing(word, amongNumbers: true) || CellNotation.Default.IsMissing(word, amongNumbers: true);
    }

    internal static int[] CountCodes(Column column, ReadOnlyMemory<int> rows, IReadOnlyList<string> categories)
    {
        var counts = new int[categories.Count];
        foreach ((Column cells, ReadOnlyMemory<int> some) in column.Pieces(rows))
        {
            ReadOnlySpan<int> codes = cells.Codes;
            foreach (int row in some.Span)
            {
                if (codes[row] >= 0)
                    counts[codes[row]]++;
            }
        }

        return counts;
    }

    private static int FirstMissing(Column column, ReadOnlyMemory<int> rows)
    {
        if (column.Missing == 0)
            return -1;
        foreach ((Column cells, ReadOnlyMemory<int> some) in column.Pieces(rows))
        {
            foreach (int row in some.Span)
            {
                if (cells.IsMissing(row))
                    return cells.FirstRow - column.FirstRow + row;
            }
        }

        return -1;
    }

    private static (double Median, double Spread) MedianAndSpread(Span<double> present, double shareOfRange)
    {
        present.Sort();
        if (present.Length == 0)
            return (0, 0);
        double spread = Quantile(present, 0.75) - Quantile(present, 0.25);
        // Most values alike: the range, or one odd value would be enormous.
        spread = spread > 0 ? spread : (present[^1] * shareOfRange) - (present[0] * shareOfRange);
        return (Quantile(present, 0.5), Math.Min(spread, double.MaxValue));
    }

    // Linear interpolation between the two nearest ranks (type 7 of Hyndman & Fan 1996).
    private static double Quantile(ReadOnlySpan<double> sorted, double fraction)
    {
        double rank = fraction * (sorted.Length - 1);
        int below = (int)Math.Floor(rank);
        int above = Math.Min(below + 1, sorted.Length - 1);
        double weight = rank - below;
        return weight == 0 ? sorted[below] : sorted[below] * (1 - weight) + sorted[above] * weight;
    }
}
