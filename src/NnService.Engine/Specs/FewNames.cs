namespace NnService.Engine.Specs;

/// <summary>Names many columns in a sentence by the first of them.</summary>
public static class FewNames
{
    /// <summary>So many have a sentence of their own each.</summary>
    public const int Most = 3;

    private const int MostNamed = 20;

    /// <summary>Such as <c>"a", "b", … and 92 more</c>.</summary>
    public static string Of(IReadOnlyList<string> names)
    {
        string first = string.Join(", ", names.Take(MostNamed).Select(name => $"\"{Echo.Cut(name)}\""));
        return names.Count > MostNamed ? $"{first} and {names.Count - MostNamed:N0} more" : first;
    }
}
