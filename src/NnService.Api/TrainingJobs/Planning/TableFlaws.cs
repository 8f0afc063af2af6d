using System.Globalization;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What in the cells of a table spoils a training without an error: extreme values, categories that share an input although they tell the target, a
/// target that does not vary.</summary>
internal static class TableFlaws
{
    /// <summary>Whether all values of a column decide how it is scaled.</summary>
    // Quartiles do not feel a few values, logarithms bring them near, and a scaling that was given is meant as it is.
    public static bool IsScaledByAllValues(FeatureColumn column, PreprocessingSpec asked) =>
        column.Dates is not null
        || (column is { Type: ColumnType.Number, Clip: false, Log1p: false }
            && asked.Numeric != NumericScaling.Robust && asked.Of(column.Name) is null);

    /// <summary>A sentence about the extreme values of a feature; null where it has none.</summary>
    public static string? ExtremeFeature(FeatureColumn feature, Column column, int[] rows) => ExtremeValues.In(column, rows) is not { } found ? null
        : $"Column {Extremes(column, found, feature.Dates is null ? "" : " days")} Correct {Them(found)}, or "
            + $"{(feature.Dates is null ? "set \"preprocessing\": {\"numeric\": \"robust\"}" : $"leave the {(found.Count == 1 ? "cell" : "cells")} empty")}.";

    /// <summary>The same of a column that is scaled by its quartiles because of them.</summary>
    public static string? ExtremeScaled(Column column, ReadOnlyMemory<int> trainRows) => ExtremeValues.In(column, trainRows) is not { } found ? null
        : $"Column {Extremes(column, found, "")} So it is scaled by its median and quartiles, and bent to ±3 (robustClip, see preprocessing.columns in the "
            + $"configuration). Correct {Them(found)}, or set \"preprocessing\": {{\"numeric\": \"standardize\"}} to scale it like all others.";

    /// <summary>A sentence about a value so far out that the column is scaled by its quartiles; null where there is none.</summary>
    public static string? FarScaled(Column column, ReadOnlySpan<int> rows) => FarValue.In(column, rows) is not { } far ? null
        : $"Column \"{column.Name}\" holds {column.TextAt(far.Row)} in row {far.Row} (counted from 0), {Math.Round(far.Times):N0} times as far from the median "
            + "as nine values in ten. So it is scaled by its median and quartiles, and bent to ±3 (robustClip, see preprocessing.columns in the configuration). "
            + "Correct it, or set \"preprocessing\": {\"numeric\": \"standardize\"} to scale it like all others.";

    /// <summary>The same of a target.</summary>
    public static string? ExtremeTarget(TargetEncoding target, Column column, int[] rows) =>
        target.Task != TaskKind.Regression || target.Log1p || ExtremeValues.In(column, rows) is not { } found ? null
        : $"The target {Extremes(column, found, "")} Correct {Them(found)}, or leave the {(found.Count == 1 ? "row" : "rows")} out.";

    private static string Extremes(Column column, ExtremeValues found, string unit)
    {
        var cells = string.Join(", ", found.Rows.Select(row => $"{column.TextAt(row)} in row {row}"));
        return $"\"{column.Name}\" holds {(found.Count == 1 ? "an extreme value" : $"{found.Count:N0} extreme values")}: "
            + $"{cells}{(found.Count > found.Rows.Count ? " …" : "")} (counted from 0). "
            + $"Without {Them(found)} the standard deviation would be {Figure(found.StandardDeviationWithout)} instead of "
            + $"{Figure(found.StandardDeviation)}{unit}: beside {Them(found)} all other values look alike.";
    }

    private static string Them(ExtremeValues found) => found.Count == 1 ? "it" : "them";

    /// <summary>A sentence where categories share an input although they tell the target; null otherwise.</summary>
    public static string? Pooled(FeatureColumn feature, Column column, TargetEncoding target, Table table, ReadOnlyMemory<int> trainRows)
    {
        if (PooledCategories.ShareExplained(feature, column, target, table, trainRows) is not { } share)
            return null;
        var categories = column.Take(trainRows).Codes.ToArray().Where(code => code >= 0).Distinct().Count();
        return $"Column \"{feature.Name}\" has {categories:N0} categories in the training rows, and the {categories - feature.Categories.Count:N0} "
            + "rarest share one input (preprocessing.maxCategories is "
            + $"{feature.Categories.Count}), although telling them apart explains {share.ToString("0 %", CultureInfo.InvariantCulture)} of the "
            + $"target's variance. Set \"preprocessing\": {{\"maxCategories\": {categories}}}.";
    }

    /// <summary>A sentence for each target that does not vary.</summary>
    public static IEnumerable<string> ConstantTargets(TargetEncoding target, Table table, ReadOnlyMemory<int> trainRows) =>
        from name in target.Columns
        let cells = table.Find(name)!
        where IsConstant(cells, trainRows.Span)
        let only = cells.TextAt(trainRows.Span[0])
        select $"The target \"{name}\" is {(target.Task == TaskKind.Regression ? only : $"\"{only}\"")} in every training row: there is nothing to learn.";

    private static bool IsConstant(Column cells, ReadOnlySpan<int> rows)
    {
        var numbers = cells.Numbers;
        var codes = cells.Codes;
        foreach (var row in rows)
            if (cells.IsNumeric ? numbers[row] != numbers[rows[0]] : codes[row] != codes[rows[0]])
                return false;
        return true;
    }

    private static string Figure(double number) => number.ToString("G3", CultureInfo.InvariantCulture);
}
