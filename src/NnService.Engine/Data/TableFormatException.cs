namespace NnService.Engine.Data;

/// <summary>The source is not a table that can be used; carries at most <see cref="MostProblems"/> in the order of the source.</summary>
public sealed class TableFormatException : Exception
{
    /// <summary>Most problems: the reading ends with the last of them.</summary>
    public const int MostProblems = 20;

    /// <summary>An exception for at least one problem.</summary>
    public TableFormatException(IReadOnlyList<TableProblem> problems)
        : base(string.Join(' ', problems.Select(problem => problem.Detail)))
    {
        Problems = problems;
    }

    /// <summary>What is wrong, in the order of the source; never empty.</summary>
    public IReadOnlyList<TableProblem> Problems { get; }
}
