namespace NnService.Api.Http;

/// <summary>Reads the header <c>Prefer</c> (RFC 7240): <c>respond-async, wait="10"; foo=bar</c>.</summary>
internal static class Preference
{
    /// <summary>
    /// The value of a preference, unquoted; empty where it has none, null where it is not named. Of several of a name the first one counts, whichever header it
    /// is in.
    /// </summary>
    public static string? Of(HttpRequest request, string name)
    {
        foreach (var header in request.Headers["Prefer"])
            foreach (var preference in Split(header ?? "", ','))
            {
                var said = Split(preference, ';')[0]; // what follows are parameters of it
                var equals = said.IndexOf('=');
                if (said.AsSpan(0, equals < 0 ? said.Length : equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                    return equals < 0 ? "" : Unquoted(said[(equals + 1)..].Trim());
            }

        return null;
    }

    // Not inside a quoted text.
    private static List<string> Split(string text, char separator)
    {
        var parts = new List<string>();
        var (start, isQuoted) = (0, false);
        for (var at = 0; at < text.Length; at++)
        {
            if (isQuoted && text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (!isQuoted && text[at] == separator)
            {
                parts.Add(text[start..at]);
                start = at + 1;
            }
        }

        parts.Add(text[start..]);
        return parts;
    }

    private static string Unquoted(string value) => value is ['"', .. var inner, '"'] ? inner.Replace("\\", "", StringComparison.Ordinal) : value;
}
