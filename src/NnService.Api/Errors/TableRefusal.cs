using NnService.Engine.Data;

namespace NnService.Api.Errors;

/// <summary>The refusal of a table that cannot be read.</summary>
internal static class TableRefusal
{
    public static Problem Of(TableFormatException bad) => Refusal.Of(
        400,
        bad.Problems.Count == 1 ? bad.Problems[0].Detail : $"{Number(bad)} things in the table need a change; the first: {bad.Problems[0].Detail}",
        bad.Problems.Select(problem => new ProblemItem(problem.Detail, PointerTo(problem))));

    /// <summary>Reads from a table. Errors: <see cref="ProblemException"/> where it cannot be read.</summary>
    public static TResult Guard<TResult>(Func<TResult> read)
    {
        try
        {
            return read();
        }
        catch (TableFormatException bad)
        {
            throw new ProblemException(Of(bad));
        }
    }

    // The reading ends where there are as many as an answer lists.
    private static string Number(TableFormatException bad) =>
        $"{(bad.Problems.Count == TableFormatException.MostProblems ? "At least " : "")}{bad.Problems.Count}";

    // In a CSV there is no JSON to point into; RFC 7111 names rows of text/csv in a fragment.
    private static string PointerTo(TableProblem problem) => problem.Pointer ?? (problem.Line is { } line ? $"#row={line}" : "#");
}
