namespace NnService.Api.Http;

/// <summary>Finds what somebody may have meant by a name that does not exist.</summary>
internal static class NearestNames
{
    /// <summary>The names that are most like another, the likest first: those that contain it or are contained in it, then by the least number of changed
    /// letters.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">What there is.</param>
    public static IEnumerable<string> Of(string name, IEnumerable<string> known) => known.OrderBy(candidate => Distance(name, candidate));

    /// <summary>
    /// Letters to insert, remove or replace to come from one to the other, whatever their case (Levenshtein 1966); at most 1 where one contains the other.
    /// </summary>
    public static int Distance(string one, string other)
    {
        var (a, b) = (one.ToUpperInvariant(), other.ToUpperInvariant());
        if (Math.Min(a.Length, b.Length) > 2 && (a.Contains(b, StringComparison.Ordinal) || b.Contains(a, StringComparison.Ordinal)))
            return a.Length == b.Length ? 0 : 1;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }
}
