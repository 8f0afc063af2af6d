using System.Globalization;

namespace NnService.Engine.Data.Columns;

/// <summary>One named, typed column of a table; immutable. Where a stored table has it, <see cref="Numbers"/> and <see cref="Codes"/> read the whole column and
/// keep it; its pieces are read anew each time and kept by nobody.</summary>
public sealed class Column
{
    private readonly Lock _loading = new();
    private readonly StoredCells? _stored;
    private readonly int _distinct = -1; // of texts, where it is known without looking
    private volatile double[]? _numbers; // may be longer than there are rows
    private volatile int[]? _codes;
    private IReadOnlyList<string> _categories = [];
    private volatile Tuple<double, double>? _extremes; // once they have been looked for

    private Column(string name, ColumnType type, double[] numbers, int rows, bool mayBeWhole = true)
    {
        Name = name;
        Type = type;
        Rows = rows;
        _numbers = numbers;
        (Missing, bool isWhole) = NumberValues.LookAt(numbers.AsSpan(0, rows));
        IsInteger = type == ColumnType.Number && mayBeWhole && isWhole && Missing < Rows;
    }

    // All numbers of another column, in memory.
    private Column(string name, ColumnType type, double[] numbers, Column of)
    {
        Name = name;
        Type = type;
        Rows = of.Rows;
        Missing = of.Missing;
        IsInteger = of.IsInteger;
        _numbers = numbers;
    }

    private Column(string name, ColumnType type, int[] codes, IReadOnlyList<string> categories)
    {
        Name = name;
        Type = type;
        Rows = codes.Length;
        _codes = codes;
        _categories = categories;
        Missing = codes.AsSpan().Count(-1);
    }

    private Column(string name, ColumnType type, StoredCells stored, int missing, bool isInteger, int distinct)
    {
        Name = name;
        Type = type;
        Rows = stored.Blocks.Rows;
        Missing = missing;
        IsInteger = isInteger;
        _stored = stored;
        _distinct = distinct;
    }

    /// <summary>The column's name, unique in its table.</summary>
    public string Name { get; }

    /// <summary>What the cells are.</summary>
    public ColumnType Type { get; }

    /// <summary>Number of cells, missing ones included.</summary>
    public int Rows { get; }

    /// <summary>Number of missing cells.</summary>
    public int Missing { get; }

    /// <summary>Where the first cell stands in the table this was cut out of; 0 for a whole column. Messages count rows from there.</summary>
    public int FirstRow { get; private init; }

    /// <summary>Whether this is a number column with at least one cell and every one of them is a whole number. Numbers beyond 2^53 that were written with an
    /// exponent or a fraction are not.</summary>
    public bool IsInteger { get; }

    /// <summary>[rows] numbers, or 0 and 1 of a boolean column; NaN where missing; empty for categories and text.</summary>
    public ReadOnlySpan<double> Numbers => IsNumeric ? (_numbers ?? LoadNumbers()).AsSpan(0, Rows) : [];

    /// <summary>[rows] indexes into <see cref="Categories"/>; -1 where missing; empty for numbers and booleans.</summary>
    public ReadOnlySpan<int> Codes => IsNumeric ? [] : _codes ?? LoadCodes();

    /// <summary>The distinct values of a category or text column in ordinal order; empty for numbers and booleans.</summary>
    public IReadOnlyList<string> Categories
    {
        get
        {
            if (IsNumeric || _codes is not null)
                return _categories;
            if (!_stored!.Blocks.HasTexts)
                return _stored.Categories;
            LoadCodes();
            return _categories;
        }
    }

    /// <summary>Whether the column holds numbers in <see cref="Numbers"/> (number, boolean) rather than codes (category, text).</summary>
    public bool IsNumeric => Type is ColumnType.Number or ColumnType.Boolean;

    /// <summary>A number column; NaN marks a missing cell. The array is kept, not copied.</summary>
    /// <exception cref="ArgumentException">A value is infinite.</exception>
    public static Column OfNumbers(string name, double[] values)
    {
        if (Array.Exists(values, double.IsInfinity))
            throw new ArgumentException($"Column \"{name}\" holds an infinity.", nameof(values));
        return new Column(name, ColumnType.Number, values, values.Length);
    }

    /// <summary>A boolean column of 0 and 1; NaN marks a missing cell. The array is kept, not copied.</summary>
    /// <exception cref="ArgumentException">A value is neither 0, 1 nor NaN.</exception>
    public static Column OfBooleans(string name, double[] values)
    {
        if (Array.Exists(values, value => value is not (0 or 1 or double.NaN)))
            throw new ArgumentException($"Column \"{name}\" holds a value that is neither 0 nor 1.", nameof(values));
        return new Column(name, ColumnType.Boolean, values, values.Length);
    }

    /// <summary>A category or text column from its cells; null marks a missing cell.</summary>
    public static Column OfTexts(string name, IReadOnlyList<string?> values, ColumnType type = ColumnType.Category)
    {
        string[] categories = [.. values.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var codes = new int[values.Count];
        for (int row = 0; row < codes.Length; row++)
            codes[row] = values[row] is { } value ? Array.BinarySearch(categories, value, StringComparer.Ordinal) : -1;
        return OfCodes(name, type, codes, categories);
    }

    /// <summary>A category or text column from codes into <paramref name="categories"/>, which must be distinct and in ordinal order; the array is
    /// kept.</summary>
    /// <exception cref="ArgumentException">The type holds no codes, the categories are out of order, or a code is out of range.</exception>
    public static Column OfCodes(string name, ColumnType type, int[] codes, IReadOnlyList<string> categories)
    {
        if (type is not (ColumnType.Category or ColumnType.Text))
            throw new ArgumentException($"A {type} column has no codes.", nameof(type));
        for (int i = 1; i < categories.Count; i++)
        {
            if (string.CompareOrdinal(categories[i - 1], categories[i]) >= 0)
                throw new ArgumentException($"The categories of column \"{name}\" are not distinct and in ordinal order.", nameof(categories));
        }

        if (codes.AsSpan().ContainsAnyExceptInRange(-1, categories.Count - 1))
            throw new ArgumentException($"A code of column \"{name}\" is out of range.", nameof(codes));
        return new Column(name, type, codes, categories);
    }

    /// <summary>A number or boolean column of the first numbers of an array, which is kept.</summary>
    internal static Column OfFirst(string name, ColumnType type, double[] numbers, int rows, bool mayBeWhole) =>
        new(name, type, numbers, rows, mayBeWhole);

    /// <summary>A column whose cells lie in a storage.</summary>
    internal static Column OfStored(string name, ColumnType type, StoredCells cells, int missing, bool isInteger, int distinct = -1)
        => new(name, type, cells, missing, isInteger, distinct);

    /// <summary>Some rows as a column of their own, whose categories are those of the whole or some of them; reads no more than those from a storage.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public Column Slice(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)first + count, Rows);
        lock (_loading)
            return SliceOf(first, count);
    }

    /// <summary>The whole column with its cells in memory: this one where they are there already, else one that takes them along when the caller lets go of
    /// it.</summary>
    public Column InMemory() => IsLoaded ? this : Slice(0, Rows);

    /// <summary>The same with numbers in memory of the caller's, which is made longer where it is too short; so it is good until that is used again.</summary>
    internal Column InMemory(ref double[] room)
    {
        lock (_loading)
        {
            if (IsLoaded || !IsNumeric)
                return InMemory();
            if (room.Length < Rows)
                room = new double[Rows];
            _stored!.ReadNumbers(0, Rows, room);
            return new Column(Name, Type, room, this) { FirstRow = FirstRow };
        }
    }

    /// <summary>All cells piece by piece, as columns of their own with the same codes; in one piece where they are in memory.</summary>
    public IEnumerable<Column> Pieces()
    {
        GiveEveryPieceTheSameCodes();
        if (IsLoaded)
        {
            yield return this;
            yield break;
        }

        for (int first = 0; first < Rows; first += RowWindow.Longest)
            yield return Slice(first, Math.Min(RowWindow.Longest, Rows - first));
    }

    /// <summary>The given rows as a column of their own, with the same codes.</summary>
    /// <param name="rows">Rows in ascending order.</param>
    public Column Take(ReadOnlyMemory<int> rows)
    {
        double[] numbers = IsNumeric ? GC.AllocateUninitializedArray<double>(rows.Length) : [];
        int[] codes = IsNumeric ? [] : GC.AllocateUninitializedArray<int>(rows.Length);
        int at = 0;
        foreach ((Column cells, ReadOnlyMemory<int> some) in Pieces(rows))
        {
            if (IsNumeric)
                Gather(cells.Numbers, some.Span, numbers.AsSpan(at));
            else
                Gather(cells.Codes, some.Span, codes.AsSpan(at));
            at += some.Length;
        }

        return IsNumeric ? new Column(Name, Type, numbers, numbers.Length) : new Column(Name, Type, codes, Categories);
    }

    /// <summary>Some rows piece by piece: columns cut out of this one with the same codes, and which of their cells are meant.</summary>
    /// <param name="rows">Rows in ascending order.</param>
    internal IEnumerable<(Column Cells, ReadOnlyMemory<int> Rows)> Pieces(ReadOnlyMemory<int> rows)
    {
        GiveEveryPieceTheSameCodes();
        return IsLoaded ? [(this, rows)] : RowWindow.Over(rows).Select(window => (Slice(window.First, window.Count), (ReadOnlyMemory<int>)window.Rows));
    }

    // Texts without a dictionary have codes only among each other.
    private void GiveEveryPieceTheSameCodes()
    {
        if (!IsNumeric && _stored is { Blocks.HasTexts: true } && _codes is null)
            LoadCodes();
    }

    private Column SliceOf(int first, int count)
    {
        if (IsNumeric)
        {
            var values = _numbers is { } numbers ? numbers[first..(first + count)] : _stored!.Numbers(first, count);
            return new Column(Name, Type, values, count) { FirstRow = FirstRow + first };
        }

        (int[] codes, IReadOnlyList<string> categories) = _codes is { } all ? (all[first..(first + count)], _categories) : _stored!.Codes(first, count);
        return new Column(Name, Type, codes, categories) { FirstRow = FirstRow + first };
    }

    /// <summary>What a storage holds of the column; null for a column made in memory.</summary>
    internal StoredCells? Stored => _stored;

    /// <summary>Whether the cells are in memory.</summary>
    internal bool IsLoaded => _numbers is not null || _codes is not null;

    /// <summary>Number of distinct texts; -1 where nobody has counted them.</summary>
    internal int KnownDistinct => _codes is null ? _distinct : _categories.Count;

    /// <summary>Looks at every number, block by block where they lie in a storage.</summary>
    internal void Scan(Action<ReadOnlySpan<double>> look)
    {
        lock (_loading)
        {
            if (_numbers is { } numbers)
                look(numbers.AsSpan(0, Rows));
            else
                _stored!.Blocks.Scan(0, Rows, look);
        }
    }

    /// <summary>The least and the greatest number; infinities the wrong way round where every cell is missing.</summary>
    internal (double Min, double Max) Extremes()
    {
        if (_extremes is { } known)
            return (known.Item1, known.Item2);
        (double min, double max) = (double.PositiveInfinity, double.NegativeInfinity);
        Scan(numbers => (min, max) = NumberValues.Extremes(numbers, min, max));
        _extremes = new Tuple<double, double>(min, max);
        return (min, max);
    }

    /// <summary>Whether the cell of a row is missing.</summary>
    public bool IsMissing(int row) => IsNumeric ? double.IsNaN(Numbers[row]) : (_codes ?? LoadCodes())[row] < 0;

    /// <summary>The cell of a row as text: the category, <c>false</c>/<c>true</c>, or the number in its shortest invariant form; null where missing.</summary>
    public string? TextAt(int row)
    {
        if (IsMissing(row))
            return null;
        return Type switch
        {
            ColumnType.Number => TextOf(_numbers![row]),
            ColumnType.Boolean => TextOf(_numbers![row] != 0),
            _ => _categories[_codes![row]],
        };
    }

    /// <summary>A number in its shortest invariant form, as labels and categories write it.</summary>
    internal static string TextOf(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A boolean as labels and categories write it.</summary>
    internal static string TextOf(bool value) => value ? "true" : "false";

    private static void Gather<T>(ReadOnlySpan<T> cells, ReadOnlySpan<int> rows, Span<T> taken)
    {
        for (int i = 0; i < rows.Length; i++)
            taken[i] = cells[rows[i]];
    }

    private double[] LoadNumbers()
    {
        lock (_loading)
        {
            if (_numbers is { } there)
                return there;
            double[] numbers = _stored!.Numbers(0, Rows);
            _numbers = numbers;
            _stored.Blocks.Free();
            return numbers;
        }
    }

    private int[] LoadCodes()
    {
        lock (_loading)
        {
            if (_codes is { } there)
                return there;
            (int[] codes, _categories) = _stored!.Codes(0, Rows);
            _codes = codes; // last: who sees the codes sees the categories too
            _stored.Blocks.Free();
            return codes;
        }
    }
}
