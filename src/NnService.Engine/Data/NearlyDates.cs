using System.Text;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Data;

/// <summary>A column that is read as words although nearly all of its cells are dates, or look like dates: only where all are do they become numbers.</summary>
internal sealed class NearlyDates
{
    private const double Most = 0.95;
    private const double Half = 0.5; // where the others are a few words over and over
    private const int FewestDates = 5; // beside a single other cell, or beside a few words
    private const int MostNamed = 3;

    private readonly List<(int Row, string Text)> _odd = []; // the first cells that are no dates
    private readonly FewTexts _words = new(); // what the others hold
    private (int Row, string Text)? _firstLook;
    private int _dates;
    private int _looks; // cells that look like dates in another notation
    private int _others;

    private enum Kind
    {
        Other,
        Date,
        Look,
    }

    private int Present => _dates + _looks + _others;

    /// <summary>What there is to say of a column of words; null of one of numbers, or without values.</summary>
    public static NearlyDates? Of(Column column)
    {
        if (column.IsNumeric || column.Missing == column.Rows)
            return null;
        var found = new NearlyDates();
        if (column is { IsLoaded: false, Stored: { Blocks.HasTexts: true } cells })
            found.LookAtEach(cells);
        else
            found.LookAtValues(column);
        return found;
    }

    /// <summary>Whether every cell is a date.</summary>
    public bool AreAll => _dates > 0 && _dates == Present;

    /// <summary>A sentence without its subject that says what to change; null where most cells are no dates, or all are.</summary>
    /// <param name="placeOf">Where a row stands, for people.</param>
    public string? Describe(Func<int, string> placeOf) => OddCells(placeOf) ?? OtherNotation(placeOf);

    private string? OddCells(Func<int, string> placeOf)
    {
        int odd = _looks + _others;
        bool isNearly = _dates >= Most * Present || (odd == 1 && _dates >= FewestDates);
        bool areDatesAndWords = !isNearly && _looks == 0 && _words.AreFew && _dates >= Math.Max(FewestDates, Half * Present);
        if (odd == 0 || !(isNearly || areDatesAndWords))
            return null;
        string others = areDatesAndWords ? $"the others are {_words}" : CellPlaces.List(_odd, odd > _odd.Count, placeOf);
        return $"is read as words, although {_dates:N0} of its {Present:N0} cells are dates: {others}. "
            + $"Correct {(odd == 1 ? "it" : "them")}, or leave {(odd == 1 ? "the cell" : "such cells")} empty.";
    }

    private string? OtherNotation(Func<int, string> placeOf) =>
        _firstLook is { } look && _dates + _looks >= Most * Present
            ? $"looks like dates, such as {CellText.Quote(look.Text)} {CellPlaces.At(placeOf(look.Row))}, and is read as words; "
                + "dates are read as dates where every cell is written as in ISO 8601: 2024-05-31."
            : null;

    private static Kind KindOf(string text) => DateText.TryRead(text, out _) ? Kind.Date : DateLook.Is(text) ? Kind.Look : Kind.Other;

    private void LookAtEach(StoredCells cells)
    {
        int row = 0;
        cells.Blocks.Scan(0, cells.Blocks.Rows, cells.Dictionary, (utf8, isMissing) =>
        {
            if (!isMissing)
            {
                string text = Encoding.UTF8.GetString(utf8);
                Count(text, KindOf(text), row);
            }

            row++;
        });
    }

    private void LookAtValues(Column column)
    {
        Kind[] kinds = [.. column.Categories.Select(KindOf)];
        if (Array.TrueForAll(kinds, kind => kind == Kind.Other))
            return;
        foreach (Column cells in column.Pieces())
        {
            ReadOnlySpan<int> codes = cells.Codes;
            for (int i = 0; i < codes.Length; i++)
            {
                if (codes[i] >= 0)
                    Count(column.Categories[codes[i]], kinds[codes[i]], cells.FirstRow + i);
            }
        }
    }

    private void Count(string text, Kind kind, int row)
    {
        if (kind == Kind.Date)
        {
            _dates++;
            return;
        }

        if (kind == Kind.Look)
        {
            _looks++;
            _firstLook ??= (row, text);
        }
        else
        {
            _others++;
            _words.Add(text, 1);
        }

        if (_odd.Count < MostNamed)
            _odd.Add((row, text));
    }
}
