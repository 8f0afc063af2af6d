namespace NnService.Engine.Specs;

/// <summary>Looks among names for those that somebody may have meant who has written one that is not there.</summary>
public static class NearestNames
{
    private const int MostListed = 12;
    private const int MostCompared = 40; // characters of a name: the work grows with their square
    private const int LeastContained = 3; // characters that mean something inside another name
    private const int Far = int.MaxValue;

    /// <summary>Names for a message: the first twelve of them, and where there are more, those first that are most like the one that was written.</summary>
    /// <param name="names">The names there are.</param>
    /// <param name="wanted">The one that was written; null: none was.</param>
    public static string List(IReadOnlyList<string> names, string? wanted = null)
    {
        if (names.Count <= MostListed)
            return string.Join(", ", names.Select(name => Echo.Cut(name)));
        IEnumerable<string> ordered = wanted is null ? names : names.OrderBy(name => Distance(name, wanted)); // the order of equals stays
        return $"{string.Join(", ", ordered.Take(MostListed).Select(name => Echo.Cut(name)))} and {names.Count - MostListed} more";
    }

    /// <summary>A question to put behind a message, with the blank before it; empty where no name is like the one that was written.</summary>
    public static string Suggestion(IEnumerable<string> names, string wanted) =>
        names.Select(name => (Name: name, Distance: Distance(name, wanted))).Where(found => found.Distance < Far).OrderBy(found => found.Distance)
            .Select(found => found.Name).FirstOrDefault() is { } nearest
            ? $" Did you mean \"{Echo.Cut(nearest)}\"?"
            : "";

    // First what differs in case and separators alone, then what contains the other, then what has few letters wrong; everything else is far.
    private static int Distance(string name, string wanted)
    {
        var (one, other) = (Letters(name), Letters(wanted));
        if (one == other)
            return one.Length == 0 ? Far : 0;
        var (shorter, longer) = one.Length < other.Length ? (one, other) : (other, one);
        if (shorter.Length >= LeastContained && longer.Contains(shorter, StringComparison.Ordinal))
            return 1 + longer.Length - shorter.Length;
        var edits = Edits(one, other);
        return edits <= longer.Length / 3 ? MostCompared + edits : Far;
    }

    private static string Letters(string name) =>
        string.Concat(name[..Math.Min(name.Length, MostCompared)].Where(char.IsLetterOrDigit)).ToLowerInvariant();

    // Letters put in, left out, changed, or exchanged with the next one (optimal string alignment).
    private static int Edits(string one, string other)
    {
        var (before, last, row) = (new int[other.Length + 1], new int[other.Length + 1], new int[other.Length + 1]);
        for (int j = 0; j <= other.Length; j++)
            last[j] = j;
        for (int i = 1; i <= one.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                int change = one[i - 1] == other[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + change);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            (before, last, row) = (last, row, before);
        }

        return last[other.Length];
    }
}
