using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Csv;

/// <summary>Whether the numbers of a column are such as <c>1.100</c>, which may be 1.1 or 1100: its points are then read as decimal points with a word of
/// warning.</summary>
// Only where ; separates cells: that is written where the comma is the decimal mark, and points are free to stand between thousands.
internal sealed class ThousandsPoints
{
    private const int MostDigits = 3; // of a group

    private ChangedCell? _first;
    private bool _hasWhole;
    private bool _hasZero; // at the end of a group

    // 950 beside 1.100 is below a thousand, 950 beside 1.101 may be without a fraction: only the first has a zero that says nothing in a fraction.
    private bool MayBeThousands => _first is not null && (_hasZero || !_hasWhole);

    /// <summary>Whether the points of a file may be others than they are read as.</summary>
    internal static bool MayStand(byte delimiter, CellNotation notation) => delimiter == ';' && notation is { DecimalMark: '.', Thousands: null };

    /// <summary>
    /// Notes the first number of each column in which every point may stand between thousands; reads on as long as there is such a column, and no point that
    /// must be a decimal one.
    /// </summary>
    internal static void Find(CsvTokenizer tokens, CellNotation notation, IReadOnlyList<CsvColumn> columns)
    {
        ThousandsPoints?[] found = [.. columns.Select(column => column.HoldsNumbers ? new ThousandsPoints() : null)];
        int left = found.Count(column => column is not null);
        int index = 0;
        for (CsvToken token; left > 0 && (token = tokens.Read()) is CsvToken.Cell or CsvToken.LastCell; index = token == CsvToken.Cell ? index + 1 : 0)
        {
            ReadOnlySpan<byte> text = CellText.Trim(tokens.Cell);
            if (index >= found.Length || !columns[index].HoldsNumbers || notation.MissingAmongNumbers(text) >= 0)
                continue;
            if (MayBeGroups(text))
            {
                found[index]?.Note(text, tokens.Line);
                continue;
            }

            if (text.Contains((byte)'.'))
                return; // before a fraction, and so they all are: a file has one decimal mark
            left -= found[index] is null ? 0 : 1;
            found[index] = null;
        }

        for (int i = 0; i < found.Length; i++)
            columns[i].Notes.ThousandsPoint = found[i] is { MayBeThousands: true } column ? column._first : null;
    }

    // Up to three digits, none of them a zero in front, and three behind a point where there is one.
    private static bool MayBeGroups(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> digits = text.TrimStart("+-"u8);
        int point = digits.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = point < 0 ? digits : digits[..point];
        ReadOnlySpan<byte> group = point < 0 ? default : digits[(point + 1)..];
        return whole.Length is > 0 and <= MostDigits && !whole.ContainsAnyExceptInRange((byte)'0', (byte)'9') && (whole[0] != '0' || digits.Length == 1)
            && (point < 0 || (group.Length == MostDigits && !group.ContainsAnyExceptInRange((byte)'0', (byte)'9')));
    }

    private void Note(ReadOnlySpan<byte> text, long line)
    {
        if (!text.Contains((byte)'.'))
        {
            _hasWhole = true;
            return;
        }

        _hasZero |= text.EndsWith("0"u8);
        _first ??= new ChangedCell(CellText.Quote(text), $"on line {line}");
    }
}
