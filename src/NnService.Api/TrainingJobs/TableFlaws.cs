using System.Globalization;
using NnService.Engine.Data;

namespace NnService.Api.TrainingJobs;

/// <summary>What in the cells of a table spoils a training without an error: extreme values, categories that share an input although they tell the target, a
/// target that does not vary.</summary>
internal static class TableFlaws
{
    /// <summary>A sentence for each thing found.</summary>
    public static IEnumerable<string> In(TrainingPlan plan, Table table)
    {
        int[] used = [.. plan.Split.Train.Span, .. plan.Split.Validation.Span, .. plan.Split.Test.Span];
        Array.Sort(used);
        var scaled = plan.Features.Columns.Where(column => IsScaledByAllValues(column, plan.Configuration));
        return scaled.Select(column => ExtremeFeature(column, table.Find(column.Name)!, used))
            .Concat(plan.Target.Columns.Select(name => ExtremeTarget(plan.Target, table.Find(name)!, used)))
            .Concat(plan.Features.Columns.Select(column => Pooled(column, table.Find(column.Name)!, plan, table)))
            .Concat(ConstantTargets(plan, table))
            .OfType<string>();
    }

    // Quartiles do not feel a few values, logarithms bring them near, and a scaling that was given, or learnt by the initial model, is meant as it is.
    private static bool IsScaledByAllValues(FeatureColumn column, TrainingConfiguration configuration) =>
        configuration.InitialModel is null
        && (column.Dates is not null
            || (column.Type == ColumnType.Number
                && configuration.Preprocessing is { Numeric: not NumericScaling.Robust } asked && asked.Columns?.ContainsKey(column.Name) != true));

    private static string? ExtremeFeature(FeatureColumn feature, Column column, int[] rows) => ExtremeValues.In(column, rows) is not { } found ? null
        : $"Column {Extremes(column, found, feature.Dates is null ? "" : " days")} Correct {Them(found)}, or "
            + $"{(feature.Dates is null ? "set \"preprocessing\": {\"numeric\": \"robust\"}" : $"leave the {(found.Count == 1 ? "cell" : "cells")} empty")}.";

    private static string? ExtremeTarget(TargetEncoding target, Column column, int[] rows) =>
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

    private static string? Pooled(FeatureColumn feature, Column column, TrainingPlan plan, Table table)
    {
        if (!feature.HasOther || plan.Configuration.InitialModel is not null
            || PooledCategories.ShareExplained(feature, column, plan.Target, table, plan.Split.Train) is not { } share)
            return null;
        var categories = column.Take(plan.Split.Train).Codes.ToArray().Where(code => code >= 0).Distinct().Count();
        return $"Column \"{feature.Name}\" has {categories:N0} categories in the training rows, and the {categories - feature.Categories.Count:N0} "
            + "rarest share one input (preprocessing.maxCategories is "
            + $"{feature.Categories.Count}), although telling them apart explains {share.ToString("0 %", CultureInfo.InvariantCulture)} of the "
            + $"target's variance. Set \"preprocessing\": {{\"maxCategories\": {categories}}}.";
    }

    private static IEnumerable<string> ConstantTargets(TrainingPlan plan, Table table) =>
        from name in plan.Target.Columns
        let cells = table.Find(name)!.Take(plan.Split.Train)
        where cells.IsNumeric ? !cells.Numbers.ContainsAnyExcept(cells.Numbers[0]) : !cells.Codes.ContainsAnyExcept(cells.Codes[0])
        select $"The target \"{name}\" is {(plan.Target.Task == TaskKind.Regression ? cells.TextAt(0) : $"\"{cells.TextAt(0)}\"")} in every training "
            + "row: there is nothing to learn.";

    private static string Figure(double number) => number.ToString("G3", CultureInfo.InvariantCulture);
}
