using NnService.Engine.Data.Columns;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Refuses names of features and targets that no table can have, in whatever form it is uploaded.</summary>
/// <param name="features">The names of the features.</param>
internal sealed class ModelNames(IReadOnlyList<string> features)
{
    private const string Nul = "holds a NUL character; take it out.";

    private readonly ILookup<string, string> _features = features.ToLookup(ColumnName.Trim, StringComparer.Ordinal);

    /// <summary>What is wrong with the features.</summary>
    /// <param name="at">Where they stand.</param>
    public IEnumerable<SpecProblem> Problems(string at)
    {
        var before = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (i, name) in features.Index())
            if (WhyNot(name, before) is { } why)
                yield return new SpecProblem($"{at}/{i}", why);
    }

    /// <summary>Why a target cannot have a name; null: it can.</summary>
    public string? WhyNoTarget(string name) =>
        WhyNoName(name) ?? (!_features.Contains(ColumnName.Trim(name)) ? null
        : $"\"{Echo.Cut(name)}\" is a feature{(_features[ColumnName.Trim(name)].Contains(name) ? "" : " but for its blanks")}; it cannot be the target too.");

    /// <summary>The same in a document: a model that names no target calls it <c>y</c>, whatever the features are called.</summary>
    public string? WhyNoTargetOfDocument(string name) => features.Contains(name) ? WhyNoName(name) : WhyNoTarget(name);

    /// <summary>Why a target cannot have a name, whatever the features are called; null: it can.</summary>
    public static string? WhyNoName(string name) =>
        ColumnName.Trim(name).Length == 0 ? $"target is \"{Echo.Cut(name)}\"; give it a name, or leave it out."
        : name.Contains('\0') ? $"target {Nul}"
        : null;

    private string? WhyNot(string name, HashSet<string> before)
    {
        var trimmed = ColumnName.Trim(name);
        if (trimmed.Length == 0)
            return $"The feature is called \"{Echo.Cut(name)}\"; give it a name.";
        if (name.Contains('\0'))
            return $"The feature's name {Nul}";
        return before.Add(trimmed) ? null
            : _features[trimmed].First() is var first && first == name ? $"\"{Echo.Cut(name)}\" stands there twice."
            : $"The features \"{Echo.Cut(first)}\" and \"{Echo.Cut(name)}\" differ in blanks alone; give one of them another name.";
    }
}
