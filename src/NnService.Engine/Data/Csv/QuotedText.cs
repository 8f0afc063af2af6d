namespace NnService.Engine.Data.Csv;

/// <summary>What stands between the quotes of a cell.</summary>
internal static class QuotedText
{
    /// <summary>Line ends in a cell: CR LF, LF or CR.</summary>
    internal static int LineEnds(ReadOnlySpan<byte> content)
    {
        int count = content.Count((byte)'\n');
        for (int at; (at = content.IndexOf((byte)'\r')) >= 0; content = content[(at + 1)..])
            count += at + 1 < content.Length && content[at + 1] == '\n' ? 0 : 1;
        return count;
    }

    /// <summary>Makes one quote of each two, in place; the length that is left.</summary>
    internal static int Unescape(Span<byte> content)
    {
        int length = 0;
        for (int at = 0; at < content.Length; at++)
        {
            content[length++] = content[at];
            if (content[at] == '"')
                at++;
        }

        return length;
    }
}
