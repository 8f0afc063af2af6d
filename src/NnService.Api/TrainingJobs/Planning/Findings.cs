using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What planning a job has found: problems, which refuse it, and warnings, which go with it.</summary>
internal sealed class Findings
{
    private readonly List<SpecProblem> _problems = [];
    private readonly List<string> _warnings = [];
    private (string Sentence, string[] Pointers)? _explanation;

    public IReadOnlyList<SpecProblem> Problems => _problems;

    public IReadOnlyList<string> Warnings => _warnings;

    public void Warn(params IEnumerable<string> warnings) => _warnings.AddRange(warnings);

    public void Refuse(string pointer, string detail) =>
        _problems.Add(new SpecProblem(pointer, IsExplained(pointer) ? $"{detail} {_explanation!.Value.Sentence}" : detail));

    /// <param name="problems">The problems.</param>
    /// <param name="at">What their pointers are relative to.</param>
    public void Refuse(IEnumerable<SpecProblem> problems, string at = "")
    {
        foreach (var problem in problems)
            Refuse(at + problem.Pointer, problem.Detail);
    }

    /// <summary>The result of some work on the table; null where the table does not allow it, which is a problem at the pointer, or
    /// below it where one member is at fault.</summary>
    public T? Attempt<T>(string pointer, Func<T> work)
        where T : class
    {
        try
        {
            return work();
        }
        catch (PreparationException bad)
        {
            Refuse(pointer + bad.Pointer, bad.Message);
            return null;
        }
    }

    /// <summary>Adds what was found elsewhere.</summary>
    public void Add(Findings others)
    {
        Refuse(others.Problems);
        Warn(others.Warnings);
    }

    /// <summary>Adds a sentence to every problem from now on that lies at one of these pointers or below.</summary>
    public void Explain(string sentence, params string[] pointers) => _explanation = (sentence, pointers);

    private bool IsExplained(string pointer) => _explanation?.Pointers.Any(at => pointer.StartsWith(at, StringComparison.Ordinal)) == true;
}
