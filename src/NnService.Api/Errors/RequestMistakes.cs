using NnService.Engine.Specs;

namespace NnService.Api.Errors;

/// <summary>What is wrong in the parts of a request that do not depend on each other, for one refusal.</summary>
internal sealed class RequestMistakes
{
    private readonly List<ProblemItem> _items = [];

    /// <summary>The refusal; null where nothing is wrong.</summary>
    public ProblemResult? Refusal => _items.Count == 0 ? null : new ProblemResult(Errors.Refusal.Of(
        400,
        _items.Count == 1 ? _items[0].Detail : $"{_items.Count} things in the request need a change; the first: {_items[0].Detail}",
        _items));

    public void Add(IEnumerable<SpecProblem> problems) => _items.AddRange(problems.Select(problem => new ProblemItem(problem.Detail, problem.Pointer)));

    public void Add(ProblemResult? refusal) => _items.AddRange(refusal?.Problem.Errors ?? []);

    /// <summary>What a reader makes of a part; nothing where it refuses, which is noted.</summary>
    public T? Attempt<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ProblemException refused) when (refused.Problem.Status == 400)
        {
            _items.AddRange(refused.Problem.Errors);
            return default;
        }
    }
}
