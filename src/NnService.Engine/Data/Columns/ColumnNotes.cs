namespace NnService.Engine.Data.Columns;

/// <summary>A cell that reading has changed.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Place">Where, such as <c>on line 3</c>.</param>
internal readonly record struct ChangedCell(string Text, string Place);

/// <summary>What the reading of a column has taken for missing, and what it has changed.</summary>
internal sealed class ColumnNotes(CellNotation notation, bool isDeclared)
{
    private const double TwoTo53 = 1L << 53; // up to here a float64 holds every whole number

    private readonly int[] _missing = new int[notation.Spellings.Count];
    private int _nulls;

    /// <summary>Whether the column's type was given.</summary>
    internal bool IsDeclared => isDeclared;

    /// <summary>Whether a cell that stands for a missing one, and is not empty, was quoted: it may be meant as a word.</summary>
    internal bool HasQuotedMissing { get; private set; }

    /// <summary>The first number with leading zeros; null: there is none.</summary>
    internal ChangedCell? LeadingZeros { get; private set; }

    /// <summary>The first whole number beyond 2^53; null: there is none.</summary>
    internal ChangedCell? Beyond { get; private set; }

    /// <summary>The first text of JSON that is a number; null: there is none.</summary>
    internal string? NumberInQuotes { get; private set; }

    /// <summary>The first number of a column in which every point may stand between thousands; null: in some it cannot, or nobody has looked.</summary>
    internal ChangedCell? ThousandsPoint { get; set; }

    /// <summary>Whether a number beyond 2^53 was written with an exponent or a fraction: a measured one, although a float64 of that size is always
    /// whole.</summary>
    internal bool HasLargeReal { get; private set; }

    /// <summary>How many missing cells were written how.</summary>
    internal IReadOnlyDictionary<string, int> MissingSpellings
    {
        get
        {
            Dictionary<string, int> counts = MissingTexts;
            if (_nulls > 0)
                counts["null"] = counts.GetValueOrDefault("null") + _nulls;
            return counts;
        }
    }

    /// <summary>The same without the nulls of JSON, which can be no words.</summary>
    internal Dictionary<string, int> MissingTexts
    {
        get
        {
            var counts = new Dictionary<string, int>(StringComparer.Ordinal);
            for (int i = 0; i < _missing.Length; i++)
            {
                if (_missing[i] > 0)
                    counts.Add(notation.Spellings[i], _missing[i]);
            }

            return counts;
        }
    }

    /// <summary>Counts missing cells of a spelling of the notation.</summary>
    internal void AddMissing(int spelling, int count = 1) => _missing[spelling] += count;

    /// <summary>Notes that a missing cell was quoted.</summary>
    internal void AddQuoted(int spelling) => HasQuotedMissing |= spelling > 0;

    /// <summary>Counts a null of JSON.</summary>
    internal void AddNull() => _nulls++;

    /// <summary>Looks at a number as it was written.</summary>
    internal void LookAt(ReadOnlySpan<byte> trimmed, double value, long line)
    {
        if (LeadingZeros is null && HasLeadingZeros(trimmed))
            LeadingZeros = new ChangedCell(CellText.Quote(trimmed), $"on line {line}");
        if (Math.Abs(value) >= TwoTo53)
            LookAtLarge(trimmed, notation.DecimalMark, line, 0);
    }

    /// <summary>Looks at a text of JSON.</summary>
    internal void LookAtText(ReadOnlySpan<byte> trimmed)
    {
        if (NumberInQuotes is null && notation.ToNumber(trimmed, out _) == NumberKind.Number)
            NumberInQuotes = CellText.Quote(trimmed);
    }

    /// <summary>Looks at a number of JSON, which has no leading zeros.</summary>
    internal void LookAtJson(ReadOnlySpan<byte> text, double value, long? line, int row)
    {
        if (Math.Abs(value) >= TwoTo53)
            LookAtLarge(text, '.', line, row);
    }

    // Digits alone, with marks between thousands, are a count or an identifier that has lost digits; 1e20 is neither.
    private void LookAtLarge(ReadOnlySpan<byte> trimmed, char decimalMark, long? line, int row)
    {
        if (trimmed.ContainsAny((byte)'e', (byte)'E', (byte)decimalMark))
            HasLargeReal = true;
        else if (Beyond is null && !trimmed.EndsWith("9007199254740992"u8))
            Beyond = new ChangedCell(CellText.Quote(trimmed), line is null ? $"in rows[{row}]" : $"on line {line}");
    }

    private static bool HasLeadingZeros(ReadOnlySpan<byte> trimmed)
    {
        ReadOnlySpan<byte> digits = trimmed[0] is (byte)'-' or (byte)'+' ? trimmed[1..] : trimmed;
        return digits.Length > 1 && digits[0] == '0' && (uint)(digits[1] - '0') <= 9;
    }
}
