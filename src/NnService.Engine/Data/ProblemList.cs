using System.Diagnostics.CodeAnalysis;

namespace NnService.Engine.Data;

/// <summary>Collects what is wrong with a source and stops the reading once there is enough to report.</summary>
internal sealed class ProblemList
{
    internal const int Limit = TableFormatException.MostProblems;

    private readonly List<TableProblem> _problems = [];

    internal bool IsEmpty => _problems.Count == 0;

    /// <summary>Notes a problem; the reading ends with the last one that is reported.</summary>
    internal void Add(TableProblem problem)
    {
        _problems.Add(problem);
        if (_problems.Count == Limit)
            Throw();
    }

    /// <summary>Says more of a problem that was noted.</summary>
    internal void Explain(TableProblem problem, string more) => _problems[_problems.IndexOf(problem)] = problem with { Detail = problem.Detail + more };

    /// <summary>Notes a problem after which nothing can be read, and ends the reading.</summary>
    [DoesNotReturn]
    internal void Fail(TableProblem problem)
    {
        _problems.Add(problem);
        Throw();
    }

    internal void ThrowIfAny()
    {
        if (!IsEmpty)
            Throw();
    }

    // Problems of a whole column are known at the end only; the reader of the report wants them in the order of the lines.
    [DoesNotReturn]
    private void Throw() => throw new TableFormatException([.. _problems.OrderBy(problem => problem.Line ?? 0).Take(Limit)]);
}
