namespace NnService.Engine.Specs;

/// <summary>Names many columns in a sentence by the first of them.</summary>
public static class FewNames
{
    /// <summary>So many have a sentence of their own each.</summary>
    public const int Most = 3;

    /// <summary>Such as <c>"a", "b", "c" and 92 more</c>.</summary>
    public static string Of(IReadOnlyList<string> names)
    {
        string first = string.Join(", ", names.Take(Most).Select(name => $"\"{Echo.Cut(name)}\""));
        return names.Count > Most ? $"{first} and {names.Count - Most:N0} more" : first;
    }
}
