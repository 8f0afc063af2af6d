using NnService.Api.Errors;

namespace NnService.Api.Models.Predictions;

/// <summary>What is wrong with rows, gathered for one refusal.</summary>
internal sealed class RowProblems
{
    /// <summary>Most problems a refusal lists.</summary>
    private const int Most = 20;

    private readonly List<ProblemItem> _problems = [];

    /// <summary>Number of problems so far.</summary>
    public int Count => _problems.Count;

    /// <summary>Whether a refusal lists no more of them, so that nobody need look for more.</summary>
    public bool AreMany => _problems.Count >= Most;

    /// <summary>Adds one.</summary>
    /// <param name="detail">What is wrong and what to change.</param>
    /// <param name="pointer">A pointer to it; null: there is nothing to point into.</param>
    public void Add(string detail, string? pointer) => _problems.Add(new ProblemItem(detail, pointer));

    /// <summary>Refuses where there are problems. Errors: <see cref="ProblemException"/>.</summary>
    public void Refuse()
    {
        if (_problems.Count > 0)
            throw new ProblemException(Refusal.Of(
                400,
                _problems.Count == 1
                    ? _problems[0].Detail
                    : $"{(AreMany ? "At least " : "")}{_problems.Count} things in the rows need a change; the first: {_problems[0].Detail}",
                _problems.Take(Most)));
    }
}
