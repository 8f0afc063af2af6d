using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Which rows train, validate and test.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Spec">How the rows are divided, every default filled in.</param>
/// <param name="Parts">The rows of each part.</param>
/// <param name="Used">The rows of all parts, in ascending order.</param>
internal sealed record SplitPlan(ColumnPlan Columns, SplitSpec Spec, Split Parts, int[] Used)
{
    public static SplitPlan? Of(ColumnPlan columns, Findings findings)
    {
        var (asked, table) = (columns.Request.Asked, columns.Request.Table);
        var usable = table.RowsWith(columns.Targets);
        if (usable.Length < table.Rows)
            findings.Warn($"{table.Rows - usable.Length:N0} of {table.Rows:N0} rows have no target and were left out.");
        var isClassification = columns.Task != TaskKind.Regression;
        var spec = columns.Split.Resolve(usable.Length, isClassification);
        var classes = isClassification ? table.Find(columns.Targets[0]) : null;
        if (findings.Attempt("#/split", () => Split.Of(table, spec, usable, classes, asked.Seed ?? 0)) is not { } parts)
            return null;
        if (asked.RowWeights is { } weights && table.Find(weights) is { } column)
            foreach (var (part, rows) in new[] { ("training", parts.Train), ("validation", parts.Validation), ("test", parts.Test) })
                if (RowWeights.Problem(column, rows.Span, part) is { } problem)
                    findings.Refuse("#/rowWeights", problem);
        var unused = usable.Length - parts.Train.Length - parts.Validation.Length - parts.Test.Length;
        if (unused > 0)
            findings.Warn($"{unused:N0} rows are in no part of the split and were not used.");
        foreach (var (part, share, rows) in new[] { ("validation", spec.Validation, parts.Validation), ("test", spec.Test, parts.Test) })
            if (share > 0 && rows.IsEmpty)
                findings.Warn($"The {part} part has no row, though split asks for {share:0.##} of them: "
                    + (spec.GroupBy is { } groups ? $"the groups of \"{groups}\" are too few to be divided among the parts." : "there are too few rows."));
        return new SplitPlan(columns, spec, parts, unused == 0 ? usable : InOrder(parts.Train, parts.Validation, parts.Test));
    }

    /// <summary>The rows of some parts, each of which has them in ascending order, in ascending order.</summary>
    public static int[] InOrder(params ReadOnlySpan<ReadOnlyMemory<int>> parts)
    {
        var all = parts is [var first, var second, ..] ? Merged(first.Span, second.Span) : parts[0].ToArray();
        foreach (var part in parts[Math.Min(2, parts.Length)..])
            all = Merged(all, part.Span);
        return all;
    }

    private static int[] Merged(ReadOnlySpan<int> some, ReadOnlySpan<int> others)
    {
        var all = new int[some.Length + others.Length];
        for (int at = 0, i = 0, j = 0; at < all.Length; at++)
            all[at] = j == others.Length || (i < some.Length && some[i] < others[j]) ? some[i++] : others[j++];
        return all;
    }
}
