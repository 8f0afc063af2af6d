using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace NnService.Api.Data.PostgreSql;

/// <summary>
/// Text as PostgreSQL can hold it: it has no U+0000. Such a character is written as U+001A and a digit 0, and U+001A itself as U+001A and a digit 1, so that
/// every text comes back as it was, and equal texts are equal.
/// </summary>
internal sealed class StoredText() : ValueConverter<string, string>(text => Write(text), text => Read(text))
{
    private const char Escape = '\u001a';

    /// <summary>The text to be stored.</summary>
    public static string Write(string text) => text.AsSpan().ContainsAny('\0', Escape)
        ? text.Replace($"{Escape}", $"{Escape}1", StringComparison.Ordinal).Replace("\0", $"{Escape}0", StringComparison.Ordinal)
        : text;

    /// <summary>The text that was stored.</summary>
    public static string Read(string text) => text.Contains(Escape)
        ? text.Replace($"{Escape}0", "\0", StringComparison.Ordinal).Replace($"{Escape}1", $"{Escape}", StringComparison.Ordinal)
        : text;
}
