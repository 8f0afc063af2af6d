namespace NnService.Engine.Specs;

/// <summary>Shortens what a caller has sent before it stands in a message: a message is read by people and by logs, and must not grow with the input.</summary>
public static class Echo
{
    /// <summary>Most characters of a name or a value in a message.</summary>
    public const int MostOfName = 120;

    /// <summary>Most characters of a message as a whole.</summary>
    public const int MostOfMessage = 600;

    private const int MostOfPointer = 1000;
    private const int TailOfMessage = 180; // what to change often stands at the end

    /// <summary>The beginning of a name or a value, and an ellipsis where there is more.</summary>
    public static string Cut(string? text, int most = MostOfName) =>
        text is null ? "" : text.Length <= most ? text : $"{text.AsSpan(0, Whole(text, most))}…";

    /// <summary>A message as it is, or without its middle where it is too long.</summary>
    public static string Shorten(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Length <= MostOfMessage)
            return message;
        var tail = message.Length - TailOfMessage;
        tail += char.IsLowSurrogate(message[tail]) ? 1 : 0;
        return $"{message.AsSpan(0, Whole(message, MostOfMessage - TailOfMessage))} … {message.AsSpan(tail)}";
    }

    /// <summary>A JSON pointer whose long names are cut.</summary>
    public static string? CutPointer(string? pointer) =>
        pointer is null || pointer.Length <= MostOfName ? pointer : Cut(string.Join('/', pointer.Split('/').Select(name => Cut(name))), MostOfPointer);

    // Half of a surrogate pair would be no Unicode.
    private static int Whole(string text, int length) => char.IsHighSurrogate(text[length - 1]) ? length - 1 : length;
}
