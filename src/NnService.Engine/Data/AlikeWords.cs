using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>What is remarkable about the words of a category column: some that differ in nothing but case or blanks, some that often
/// stand for a missing cell, and all in quotation marks.</summary>
internal static class AlikeWords
{
    private const string Opening = "\"'\u2018\u201C\u201E\u00AB";
    private const string Closing = "\"'\u2019\u201C\u201D\u00BB";
    private const int Most = 1000; // words that are compared

    // "None" and "-" are answers too often to be pointed out; "NA" and what follows are words in JSON alone.
    private static readonly string[] s_missing = ["NA", "NaN", "null", "nan", "NULL", "Null", "N/A", "n/a", "#N/A", "<NA>", "\\N", "NaT", "(null)", "#NULL!"];

    /// <summary>A sentence without its subject about words that differ in nothing but case or blanks; null where there are none.</summary>
    internal static string? Alike(Column column, ColumnProfile profile) =>
        AreCompared(column, profile) && Pair(column.Categories) is { } pair
            ? $"has words that differ in case or blanks alone, such as {CellText.Quote(pair.First)} and {CellText.Quote(pair.Second)}: "
                + "they are different categories. If they are the same, write them alike."
            : null;

    /// <summary>A sentence without its subject about words that often stand for a missing cell; null where there are none, or it was said what
    /// does.</summary>
    internal static string? Missing(Column column, ColumnProfile profile, CellNotation notation)
    {
        if (!AreCompared(column, profile) || notation.Missing is not null)
            return null;
        string[] missing = [.. column.Categories.Where(s_missing.Contains)];
        return missing.Length == 0 ? null
            : $"has {string.Join(", ", missing.Select(word => CellText.Quote(word)))} among its words, which "
                + (missing.Length == 1 ? "is a category of its own. " : "are categories of their own. ")
                + "If a cell is missing there, leave it empty, or say with ?missing= what stands for one.";
    }

    /// <summary>A sentence without its subject about words that all stand in quotation marks; null where they do not.</summary>
    // v, "w": the blank makes the mark a part of the cell, as RFC 4180 has it.
    internal static string? Quoted(Column column, ColumnProfile profile) =>
        AreCompared(column, profile) && column.Categories.All(IsQuoted)
            ? $"has quotation marks around every word, such as {CellText.Quote(column.Categories[0])}, which belong to the words. "
                + "Those of CSV are straight double ones, without blanks between them and what separates the cells."
            : null;

    private static bool IsQuoted(string word)
    {
        ReadOnlySpan<char> trimmed = word.AsSpan().Trim();
        return trimmed.Length > 1 && Opening.Contains(trimmed[0]) && Closing.Contains(trimmed[^1]);
    }

    private static bool AreCompared(Column column, ColumnProfile profile) => column.Type == ColumnType.Category && profile.Distinct <= Most;

    private static (string First, string Second)? Pair(IReadOnlyList<string> words)
    {
        var known = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string word in words)
        {
            string plain = string.Join(' ', word.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            if (!known.TryAdd(plain, word))
                return (known[plain], word);
        }

        return null;
    }
}
