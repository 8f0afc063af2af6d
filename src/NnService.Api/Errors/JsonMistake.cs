namespace NnService.Api.Errors;

/// <summary>Says in the service's own words what the JSON reader stumbled over. Its own ones speak to programmers: of reader options, tokens and
/// payloads.</summary>
internal static class JsonMistake
{
    private const string EndsEarly = "It ends too early: a bracket, a brace or a quote is not closed.";
    private const string NoNumber = "A number is not written as JSON has it: 0.5 and -1e3 are numbers; 01, +1, .5 and 1. are none.";
    private const string Comment = "Comments are no JSON; leave them out.";
    private const string Comma = "A comma stands before a closing bracket or brace; leave it out.";
    private const string Escape = "A text has a character that must be escaped in JSON: a line break is \\n, a tab \\t, a quote \\\", a backslash \\\\.";

    // Fixed pieces of the reader's sentences, of which none is part of another. What the caller has sent stands before them, as one character in quotes.
    private static readonly (string Piece, Func<string, string> Say)[] s_known =
    [
        ("reached end of data", _ => EndsEarly),
        ("Expected depth to be zero", _ => EndsEarly),
        ("does not contain any JSON tokens", _ => EndsEarly),
        ("There is not enough data", _ => EndsEarly),
        ("is an invalid start of a value", NoValue),
        ("is invalid after a value.", found => $"{found} stands where a comma, or a closing bracket or brace, should."),
        ("is invalid after a single JSON value", found => $"Behind its end something else follows, from {found} on."),
        ("is invalid after a property name", found => $"{found} stands where a colon should, behind the name of a property."),
        ("is an invalid start of a property name", found => $"{found} stands where the name of a property should begin, with a double quote."),
        ("is invalid without a matching open", found => $"{found} closes what was not opened."),
        ("contains a trailing comma", _ => Comma),
        ("is an invalid JSON literal", _ => "A word is neither true, false nor null; texts stand in double quotes."),
        ("is an invalid end of a number", _ => NoNumber),
        ("is invalid within a number", _ => NoNumber),
        ("Invalid leading zero", _ => NoNumber),
        ("within a JSON string", _ => Escape),
        ("The maximum configured depth", _ => "It is nested more than 64 levels deep."),
        ("comment", _ => Comment),
    ];

    /// <summary>A sentence for what the reader says of a text that is not JSON.</summary>
    public static string Describe(string said)
    {
        foreach (var (piece, say) in s_known)
            if (said.Contains(piece, StringComparison.Ordinal))
                return say(Found(said));
        return "It cannot be read from here on.";
    }

    private static string NoValue(string found) => found switch
    {
        "\"'\"" => "Texts stand in double quotes, not in single ones.",
        "\"/\"" => Comment,
        "\"]\"" or "\"}\"" or "\",\"" or "\":\"" => $"{found} stands where a value should.",
        "\"N\"" or "\"I\"" => "NaN and Infinity are no JSON; a missing number is null.",
        "\"+\"" or "\".\"" => NoNumber,
        _ => $"{found} does not begin a value; texts stand in double quotes.",
    };

    // "'x' is …", or "'0x0A' is …" of what cannot be printed.
    private static string Found(string said) =>
        said.Length > 2 && said[0] == '\'' && said.IndexOf('\'', 2) is > 0 and var end ? $"\"{said[1..end]}\"" : "Something";
}
