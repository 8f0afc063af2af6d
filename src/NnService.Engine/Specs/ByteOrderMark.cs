namespace NnService.Engine.Specs;

/// <summary>The mark that some programs put in front of a text (Unicode, section 23.8).</summary>
public static class ByteOrderMark
{
    private static ReadOnlySpan<byte> Utf8 => [0xEF, 0xBB, 0xBF];

    /// <summary>The text without the mark of UTF-8 in front of it.</summary>
    public static ReadOnlyMemory<byte> Skip(ReadOnlyMemory<byte> text) => text.Span.StartsWith(Utf8) ? text[Utf8.Length..] : text;

    /// <summary>The encoding other than UTF-8 whose mark a text begins with; null: none.</summary>
    // The mark of UTF-32 begins with that of UTF-16, and no text begins with a NUL.
    public static string? OtherEncoding(ReadOnlySpan<byte> text) => text switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => "UTF-32",
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16",
        _ => null,
    };
}
