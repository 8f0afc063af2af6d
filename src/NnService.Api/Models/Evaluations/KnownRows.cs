using System.Globalization;
using NnService.Api.Errors;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Evaluations;

/// <summary>The rows of a table that a model can be measured on: their truth is there, and one that the model can tell.</summary>
/// <param name="Rows">The rows, in ascending order.</param>
/// <param name="Warnings">A sentence for each reason why others were left out.</param>
internal sealed record KnownRows(int[] Rows, IReadOnlyList<string> Warnings)
{
    private const int MostNamed = 3;

    /// <summary>Those of a table that has the target's columns.</summary>
    public static Outcome<KnownRows> Of(Table table, TargetEncoding target)
    {
        var there = table.RowsWith(target.Columns);
        if (there.Length == 0)
            return Refusal.Result(400, "The target is missing in every row; there is nothing to measure on.", "#/target");
        var lacking = table.Rows - there.Length;
        List<string> warnings = lacking == 0 ? [] : [$"{FigureText.Rows(lacking)} without a target {Were(lacking)} left out."];
        if (target.Task == TaskKind.Regression)
            return new KnownRows(there, warnings);

        var labels = new int[there.Length];
        target.FindLabels(table, there, labels);
        int[] known = [.. there.Where((_, i) => labels[i] >= 0)];
        if (known.Length == there.Length || known.Length == 0) // of none, the first is refused by name
            return new KnownRows(there, warnings);
        var column = table.Find(target.Columns[0])!;
        warnings.Add(SayUnknown(there.Where((_, i) => labels[i] < 0).Select(row => column.TextAt(row)!)));
        return new KnownRows(known, warnings);
    }

    private static string SayUnknown(IEnumerable<string> labels)
    {
        (string Label, int Rows)[] unknown = [.. labels.CountBy(label => label, StringComparer.Ordinal).OrderByDescending(label => label.Value)
            .Select(label => (label.Key, label.Value))];
        var (rows, more) = (unknown.Sum(label => label.Rows), unknown.Length - MostNamed);
        var named = string.Join(", ", unknown.Take(MostNamed).Select(
            label => string.Create(CultureInfo.InvariantCulture, $"\"{Echo.Cut(label.Label)}\" ({label.Rows:N0})")));
        return $"{FigureText.Rows(rows)} {Were(rows)} left out, for the model does not know {(rows == 1 ? "its label" : "their labels")}: "
            + $"{named}{(more > 0 ? $" and {more:N0} more" : "")}. It can only be wrong there, which no figure counts.";
    }

    private static string Were(int rows) => rows == 1 ? "was" : "were";
}
