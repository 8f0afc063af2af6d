using System.Text;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Data;

/// <summary>A column that is read as words although most of its cells are, or look like, numbers.</summary>
// Found after the reading: the distinct values of a column are few, or its texts are looked at once more.
public sealed class NearlyNumbers
{
    private const double Most = 0.95;
    private const double Half = 0.5; // where the others are a few words over and over
    private const int FewestNumbers = 5; // beside a single other cell, or beside a few words
    private const int ManyNumbers = 20; // different ones; a few could be codes
    private const int MostNamed = 3;
    private const int FewestMeasured = 3; // different numbers with one unit behind them; 2wd and 4wd are kinds
    private const int NumbersLookedAt = 10_000; // for what their notation says about the others

    private readonly Dictionary<Kind, List<(int Row, string Text)>> _first = new() { [Kind.Look] = [], [Kind.Measured] = [], [Kind.Other] = [] };
    private readonly FewTexts _words = new(); // what the others hold
    private readonly HashSet<string> _different = []; // numbers, as far as they are counted
    private readonly CellNotation _notation;
    private bool _areCodes; // with leading zeros, or beyond 2^53
    private int _numbers;
    private int _looks;
    private int _others;
    private int _notations = NumberLook.All;
    private NumberLook.Surrounding _around;
    private bool _hasOtherThanPercent; // a number without a sign for per cent
    private readonly HashSet<string> _measured = []; // different numbers with a unit, as far as they are counted
    private string? _unit; // the first
    private char? _space; // the first
    private int _measuredNotations = NumberLook.All;
    private int _withUnit;
    private bool _hasOtherUnit;

    private NearlyNumbers(CellNotation notation) => _notation = notation;

    private enum Kind
    {
        Number, // or missing among numbers
        Look,
        Measured, // with a unit
        Other,
    }

    /// <summary>Cells that are numbers.</summary>
    public int Numbers => _numbers;

    /// <summary>Cells that are not missing, and would not be among numbers.</summary>
    public int Present => _numbers + _looks + _others;

    // JSON says what is a text; whole numbers that a number would change are texts on purpose.
    private bool AreNumbersInQuotes => _looks + _others == 0 && _numbers > 0 && !_areCodes;

    // Codes such as 1 … 12 and K repeat; measured numbers hardly do.
    private bool AreNumbersAndWords =>
        _words.AreFew && _numbers + _looks >= Math.Max(FewestNumbers, Half * Present)
        && (_different.Count > ManyNumbers || _different.Count >= Half * (_numbers + _looks));

    /// <summary>What is remarkable about a column of words; null where most of its cells are no numbers, or all are.</summary>
    public static NearlyNumbers? Of(Column column, CellNotation notation)
    {
        if (column.IsNumeric || column.Missing == column.Rows)
            return null;
        var found = new NearlyNumbers(notation);
        if (column is { IsLoaded: false, Stored: { Blocks.HasTexts: true } cells })
            found.LookAtEach(cells);
        else
            found.LookAtValues(column);
        found.DecideOnUnits();
        bool isNearly = found._others == 0 ? found._looks > 0 || found.AreNumbersInQuotes : found._numbers + found._looks >= Most * found.Present
            || (found._others == 1 && found._numbers >= FewestNumbers)
            || found.AreNumbersAndWords;
        return isNearly && found._numbers + found._looks > 0 ? found : null;
    }

    /// <summary>A sentence without its subject that says what the cells are and what to change.</summary>
    /// <param name="placeOf">Where a row stands, for people.</param>
    /// <param name="numberInQuotes">A number that was sent as a text, between quotes; null: nobody knows which were.</param>
    /// <param name="hasThousandsPoints">Whether points that may stand between thousands are read as decimal points in other columns.</param>
    public string Describe(Func<int, string> placeOf, string? numberInQuotes = null, bool hasThousandsPoints = false)
    {
        if (AreNumbersInQuotes)
            return $"holds numbers that were sent as texts{(numberInQuotes is null ? "" : $", such as {numberInQuotes}")}, and is read as words; "
                + "send them without quotes, or say with ?types= that the column holds numbers.";
        bool isOne = _others == 1;
        bool areWords = !isOne && _numbers + _looks < Most * Present; // a few, over and over
        List<(int Row, string Text)> others = First(Kind.Other, _unit is null);
        string inPlaces = _others == 0 || areWords ? "" : CellPlaces.List(others, _others > others.Count, placeOf);
        string whatToDo = $"Correct {(isOne ? "it" : "them")}, or say with ?missing= what stands for a missing cell.";
        if (_looks == 0)
            return $"is read as words, although {_numbers:N0} of its {Present:N0} cells are numbers: "
                + $"{(areWords ? $"the others are {_words}" : inPlaces)}. {whatToDo}";
        return DescribeLooks(placeOf, hasThousandsPoints) + (_others == 0 ? ""
            : $" Even so {_others:N0} of its {Present:N0} cells {(isOne ? "is no number" : "are no numbers")}: {(areWords ? _words : inPlaces)}. {whatToDo}");
    }

    private string DescribeLooks(Func<int, string> placeOf, bool hasThousandsPoints)
    {
        (int row, string first) = First(Kind.Look, _unit is not null)[0];
        string example = $"such as {CellText.Quote(first)} {CellPlaces.At(placeOf(row))}, and is read as words";
        var look = new NumberLook(_notations, _around, _unit, _space);
        string percent = _around.HasFlag(NumberLook.Surrounding.Percent) && _hasOtherThanPercent
            ? ", and write 3% as 0.03, as plain numbers stand beside it" : "";
        string queries = hasThousandsPoints && look.MayHaveDecimalCommaAndPoints ? NumberLook.DecimalCommaAndPoints : look.QueriesIn(_notation);
        if (_around != NumberLook.Surrounding.None)
            return $"holds numbers with {look.Surroundings}{(look.IsSurrounded ? " around them" : "")}, {example}; "
                + $"{(look.IsRespelled ? NumberLook.PlainSpelling : $"take that out of the cells{percent}{look.SignInstead}")}"
                + $"{(_notations > 0 && (_notations & 1) == 0 ? $", and upload the table with {queries}" : "")}.";
        if (_notations == 0)
            return $"holds numbers in more than one notation, {example}; write them all with a decimal point.";
        return look.IsEitherComma
            ? $"holds numbers with a thousands or decimal comma, {example}; upload the table with {queries}."
            : $"holds numbers with {look.NameIn(_notation)}, {example}; upload the table with {queries} or write plain numbers "
                + $"{(look.HasPointsIn(_notation) ? "without them" : "with a decimal point")}.";
    }

    private void LookAtEach(StoredCells cells)
    {
        int row = 0;
        cells.Blocks.Scan(0, cells.Blocks.Rows, cells.Dictionary, (text, isMissing) =>
        {
            if (!isMissing && Count(text, 1) is not Kind.Number and var kind && _first[kind].Count < MostNamed)
                _first[kind].Add((row, Encoding.UTF8.GetString(text)));
            row++;
        });
    }

    private void LookAtValues(Column column)
    {
        IReadOnlyList<string> values = column.Categories;
        var counts = new int[values.Count];
        foreach (Column cells in column.Pieces())
        {
            foreach (int code in cells.Codes)
            {
                if (code >= 0)
                    counts[code]++;
            }
        }

        var kinds = new Kind[values.Count];
        for (int code = 0; code < counts.Length; code++)
            kinds[code] = counts[code] > 0 ? Count(Encoding.UTF8.GetBytes(values[code]), counts[code]) : Kind.Number;
        if (_numbers + _looks + _withUnit > 0)
            FindRows(column, kinds);
    }

    private void FindRows(Column column, Kind[] kinds)
    {
        int wanted = Math.Min(_looks, MostNamed) + Math.Min(_withUnit, MostNamed) + Math.Min(_others, MostNamed);
        foreach (Column cells in column.Pieces())
        {
            ReadOnlySpan<int> codes = cells.Codes;
            for (int row = 0; row < codes.Length; row++)
            {
                if (wanted == 0)
                    return;
                Kind kind = codes[row] < 0 ? Kind.Number : kinds[codes[row]];
                if (kind == Kind.Number || _first[kind].Count == MostNamed)
                    continue;
                _first[kind].Add((cells.FirstRow + row, column.Categories[codes[row]]));
                wanted--;
            }
        }
    }

    // The first cells of a kind, or of it and those with a unit.
    private List<(int Row, string Text)> First(Kind kind, bool withMeasured) =>
        [.. _first[kind].Concat(withMeasured ? _first[Kind.Measured] : []).OrderBy(cell => cell.Row).Take(MostNamed)];

    private Kind Count(ReadOnlySpan<byte> text, int cells)
    {
        ReadOnlySpan<byte> trimmed = CellText.Trim(text);
        if (_notation.ToNumber(trimmed, out double value) == NumberKind.Number)
        {
            _numbers += cells;
            _hasOtherThanPercent = true;
            _areCodes |= Math.Abs(value) >= 1L << 53 || (trimmed.Length > 1 && trimmed[0] == '0' && (uint)(trimmed[1] - '0') <= 9);
            AddNumber(trimmed);
            if (_numbers <= NumbersLookedAt && trimmed.ContainsAny((byte)'.', (byte)','))
                _notations &= NumberLook.Of(trimmed).Notations; // 5.25 and 1,234: those are commas between thousands
            return Kind.Number;
        }

        if (_notation.MissingAmongNumbers(trimmed) >= 0)
            return Kind.Number;
        NumberLook look = NumberLook.Of(trimmed);
        if (look.Notations == 0)
        {
            _others += cells;
            _words.Add(trimmed, cells);
            return Kind.Other;
        }

        if (look.Unit is { } unit)
        {
            AddMeasured(trimmed, cells, unit, look.Notations);
            return Kind.Measured;
        }

        _looks += cells;
        AddNumber(trimmed);
        _notations &= look.Notations;
        _around |= look.Around;
        _hasOtherThanPercent |= !look.Around.HasFlag(NumberLook.Surrounding.Percent);
        _space ??= look.Space;
        return Kind.Look;
    }

    // "12 kg" is a number with a unit where every cell is one; among other words it is one of them.
    private void AddMeasured(ReadOnlySpan<byte> trimmed, int cells, string unit, int notations)
    {
        _withUnit += cells;
        _words.Add(trimmed, cells);
        _unit ??= unit;
        _hasOtherUnit |= unit != _unit;
        _measuredNotations &= notations;
        if (_measured.Count < FewestMeasured)
            _measured.Add(Encoding.UTF8.GetString(trimmed));
    }

    private void DecideOnUnits()
    {
        if (_withUnit == 0)
            return;
        if (_others > 0 || _hasOtherUnit || _measured.Count < FewestMeasured)
        {
            _others += _withUnit;
            _unit = null;
            return;
        }

        _looks += _withUnit;
        _notations &= _measuredNotations;
        _around |= NumberLook.Surrounding.Unit;
    }

    private void AddNumber(ReadOnlySpan<byte> trimmed)
    {
        if (_different.Count <= ManyNumbers)
            _different.Add(Encoding.UTF8.GetString(trimmed));
    }
}
