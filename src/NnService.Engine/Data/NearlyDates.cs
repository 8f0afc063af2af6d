using System.Text;

namespace NnService.Engine.Data;

/// <summary>A column that is read as words although nearly all of its cells are dates: only where all are do they become numbers.</summary>
internal sealed class NearlyDates
{
    private const double Most = 0.95;
    private const int FewestDates = 5; // beside a single other cell
    private const int MostNamed = 3;

    private readonly List<(int Row, string Text)> _odd = []; // the first cells that are no dates
    private int _dates;
    private int _others;

    /// <summary>A sentence without its subject that names the first cells that are no dates; null where most are none, or all are dates.</summary>
    /// <param name="column">The column.</param>
    /// <param name="placeOf">Where a row stands, for people.</param>
    public static string? Describe(Column column, Func<int, string> placeOf)
    {
        if (column.IsNumeric || column.Missing == column.Rows)
            return null;
        var found = new NearlyDates();
        if (column is { IsLoaded: false, Stored: { Blocks.HasTexts: true } cells })
            found.LookAtEach(cells);
        else
            found.LookAtValues(column);
        bool isNearly = found._dates >= Most * (found._dates + found._others) || (found._others == 1 && found._dates >= FewestDates);
        if (found._others == 0 || !isNearly)
            return null;
        string places = string.Join(", ", found._odd.Select((cell, i) => $"{placeOf(cell.Row)}{(i == 0 ? " holds" : "")} {CellText.Quote(cell.Text)}"));
        return $"is read as words, although {found._dates:N0} of its {found._dates + found._others:N0} cells are dates: {places}{(found._others > found._odd.Count ? " …" : "")}. "
            + $"Correct {(found._others == 1 ? "it" : "them")}, or leave {(found._others == 1 ? "the cell" : "such cells")} empty.";
    }

    private void LookAtEach(StoredCells cells)
    {
        int row = 0;
        cells.Blocks.Scan(0, cells.Blocks.Rows, cells.Dictionary, (text, isMissing) =>
        {
            if (!isMissing)
                Count(Encoding.UTF8.GetString(text), row);
            row++;
        });
    }

    private void LookAtValues(Column column)
    {
        bool[] isDate = [.. column.Categories.Select(value => DateText.TryRead(value, out _))];
        if (!isDate.Contains(true))
            return;
        foreach (Column cells in column.Pieces())
        {
            ReadOnlySpan<int> codes = cells.Codes;
            for (int i = 0; i < codes.Length; i++)
            {
                if (codes[i] >= 0)
                    Count(column.Categories[codes[i]], isDate[codes[i]], cells.FirstRow + i);
            }
        }
    }

    private void Count(string text, int row) => Count(text, DateText.TryRead(text, out _), row);

    private void Count(string text, bool isDate, int row)
    {
        if (isDate)
        {
            _dates++;
            return;
        }

        _others++;
        if (_odd.Count < MostNamed)
            _odd.Add((row, text));
    }
}
