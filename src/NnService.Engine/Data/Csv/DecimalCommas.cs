namespace NnService.Engine.Data.Csv;

/// <summary>Whether the commas of a sample stand within numbers, and another character separates its cells.</summary>
internal static class DecimalCommas
{
    private const int Rows = 20;

    private static readonly CellNotation[] s_notations = [new(','), new(',', '.')];

    /// <summary>Whether behind the header every cell that holds a comma outside of quotes is a number with a decimal comma, and some do.</summary>
    internal static bool Are(ReadOnlySpan<byte> sample, byte delimiter)
    {
        bool isHeader = true;
        bool quoted = false;
        bool hasQuotes = false;
        int start = 0;
        int rows = 0;
        int found = 0;
        for (int at = 0; at < sample.Length && rows < Rows; at++)
        {
            byte value = sample[at];
            quoted ^= value == '"';
            hasQuotes |= value == '"';
            bool isEnd = value is (byte)'\n' or (byte)'\r';
            if (quoted || !(isEnd || value == delimiter))
                continue;
            ReadOnlySpan<byte> cell = CellText.Trim(sample[start..at]);
            if (!isHeader && !hasQuotes && cell.Contains((byte)','))
            {
                if (!IsNumber(cell))
                    return false;
                found++;
            }

            rows += isEnd && !isHeader && start < at ? 1 : 0;
            isHeader &= !isEnd;
            (start, hasQuotes) = (at + 1, false);
        }

        return found > 0;
    }

    private static bool IsNumber(ReadOnlySpan<byte> cell)
    {
        foreach (CellNotation notation in s_notations)
        {
            if (notation.ToNumber(cell, out _) == NumberKind.Number)
                return true;
        }

        return false;
    }
}
