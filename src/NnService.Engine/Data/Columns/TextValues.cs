using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace NnService.Engine.Data.Columns;

/// <summary>Grows a column of texts: a code for each cell, each distinct value kept once; where there are too many distinct ones, the texts themselves go to
/// the storage.</summary>
internal sealed class TextValues
{
    private readonly Dictionary<byte[], int> _codeOf = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly ShortTexts _short;
    private readonly List<byte[]> _values = [];
    private readonly ReadingMemory _memory;
    private readonly ColumnBlocks _blocks;
    private readonly bool _isUnbounded;
    private int[] _cells; // codes, or lengths of texts
    private int _used;
    private byte[]? _texts; // null as long as the dictionary holds every value
    private int _textBytes;

    internal TextValues(ReadingMemory memory, bool isUnbounded = false)
    {
        _memory = memory;
        _short = new ShortTexts(memory);
        _isUnbounded = isUnbounded;
        _blocks = new ColumnBlocks(memory.Storage);
        _cells = new int[Math.Min(64, memory.RowsPerBlock)];
        _lookup = _codeOf.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    internal int Rows => _blocks.Rows + _used;

    internal int Missing { get; private set; }

    internal void AddMissing(int count = 1)
    {
        Missing += Math.Max(0, count);
        for (int i = 0; i < count; i++)
            AddCell(-1);
    }

    /// <summary>Adds a cell; says what is wrong with its bytes, or null where nothing is. Looks at the bytes of a known value only once.</summary>
    internal string? Add(ReadOnlySpan<byte> utf8)
    {
        if (TryAddShort(utf8))
            return null;
        if (_texts is null && _lookup.TryGetValue(utf8, out int code))
            AddKnown(utf8, code);
        else if (Problem(utf8) is { } problem)
            return problem;
        else
            AddNew(utf8);
        return null;
    }

    /// <summary>Adds a cell with a short value that was added lately; false where it is none, and not added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryAddShort(ReadOnlySpan<byte> utf8)
    {
        if (_texts is not null || !_short.TryGet(utf8, out int code))
            return false;
        AddCell(code);
        return true;
    }

    /// <summary>Adds a cell that was read once already.</summary>
    internal void AddChecked(ReadOnlySpan<byte> utf8, bool isMissing)
    {
        if (isMissing)
            AddMissing();
        else if (TryAddShort(utf8))
            return;
        else if (_texts is null && _lookup.TryGetValue(utf8, out int code))
            AddKnown(utf8, code);
        else
            AddNew(utf8);
    }

    /// <summary>What is said of bytes that are no UTF-8.</summary>
    internal const string NotUtf8 = "the text is not valid UTF-8; save the file as UTF-8, for example with iconv -f windows-1252 -t UTF-8.";

    /// <summary>What keeps bytes from being text, or null.</summary>
    internal static string? Problem(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
            return NotUtf8;
        return utf8.Contains((byte)0) ? "the text holds a NUL byte." : null;
    }

    /// <summary>The column; without a declared type it is category or text by what was found, or boolean where words may stand for booleans and all of them
    /// do.</summary>
    internal Column ToColumn(string name, ColumnType? declared, bool mayBeBoolean)
    {
        Flush();
        string[] dictionary = [.. _values.Select(Encoding.UTF8.GetString)];
        var cells = new StoredCells(_blocks, dictionary);
        int distinct = _texts is null ? dictionary.Length : DistinctCounter.OfTexts(cells);
        if (declared is null && mayBeBoolean && _texts is null && Meanings() is { } meanings)
            return ToBooleans(name, meanings);
        return Column.OfStored(name, declared ?? TypeOf(distinct), cells, Missing, isInteger: false, distinct);
    }

    /// <summary>Every cell as a code into the sorted values.</summary>
    internal (int[] Codes, string[] Categories) ToCodes()
    {
        Flush();
        return new StoredCells(_blocks, [.. _values.Select(Encoding.UTF8.GetString)]).Codes(0, _blocks.Rows);
    }

    /// <summary>Every cell in its order, of which none may be missing.</summary>
    internal IEnumerable<string> Each()
    {
        Flush();
        var cells = new StoredCells(_blocks, [.. _values.Select(Encoding.UTF8.GetString)]);
        for (int first = 0; first < _blocks.Rows; first += RowWindow.Longest)
        {
            (int[] codes, string[] categories) = cells.Codes(first, Math.Min(RowWindow.Longest, _blocks.Rows - first));
            foreach (int code in codes)
                yield return categories[code];
        }
    }

    /// <summary>Gives up what a storage in memory holds.</summary>
    internal void Free() => _blocks.Free();

    /// <summary>Category where values repeat, text where they are mostly unique: over 64 and over half of the cells, or over 65,536.</summary>
    private ColumnType TypeOf(int distinct) =>
        distinct > ReadingMemory.MostDictionaryValues || (distinct > 64 && 2L * distinct > Rows - Missing) ? ColumnType.Text : ColumnType.Category;

    /// <summary>0 or 1 for each distinct value; null where one of them is no boolean.</summary>
    private double[]? Meanings()
    {
        if (_values.Count is 0 or > 64)
            return null;
        double[] meanings = [.. _values.Select(value => CellText.ToBoolean(CellText.Trim(value)) is { } flag ? (flag ? 1.0 : 0.0) : double.NaN)];
        return Array.Exists(meanings, double.IsNaN) ? null : meanings;
    }

    private Column ToBooleans(string name, double[] meanings)
    {
        var numbers = new NumberValues(_memory);
        _blocks.Scan(0, _blocks.Rows, (ReadOnlySpan<int> codes) =>
        {
            foreach (int code in codes)
                numbers.Add(code < 0 ? double.NaN : meanings[code]);
        });
        return numbers.ToColumn(name, ColumnType.Boolean);
    }

    private void AddKnown(ReadOnlySpan<byte> utf8, int code)
    {
        _short.Keep(utf8, code);
        AddCell(code);
    }

    private void AddNew(ReadOnlySpan<byte> utf8)
    {
        if (_texts is null && (_isUnbounded || (_values.Count < ReadingMemory.MostDictionaryValues && _memory.TryKeep(utf8.Length))))
        {
            byte[] value = utf8.ToArray();
            AddCell(_values.Count);
            _codeOf.Add(value, _values.Count);
            _values.Add(value);
            return;
        }

        if (_texts is null)
        {
            Flush();
            _texts = new byte[_memory.TextBytesPerBlock];
        }

        if (_textBytes + utf8.Length > _texts.Length)
        {
            Flush();
            if (utf8.Length > _texts.Length || _texts.Length > 2 * _memory.TextBytesPerBlock)
                _texts = new byte[Math.Max(utf8.Length, _memory.TextBytesPerBlock)];
        }

        utf8.CopyTo(_texts.AsSpan(_textBytes));
        _textBytes += utf8.Length;
        AddCell(utf8.Length);
    }

    private void AddCell(int cell)
    {
        if (_used == _cells.Length)
        {
            if (_used < _memory.RowsPerBlock)
                Array.Resize(ref _cells, Math.Min(4 * _used, _memory.RowsPerBlock));
            else
                Flush(cell);
        }

        _cells[_used++] = cell;
    }

    // The text of a cell whose length is still to be added belongs to the next block.
    private void Flush(int next = 0)
    {
        int pending = _texts is null ? 0 : Math.Max(0, next);
        if (_used > 0)
        {
            ReadOnlySpan<int> cells = _cells.AsSpan(0, _used);
            _blocks.Add(_texts is null
                ? ColumnBlock.OfCodes(_memory.Storage, cells)
                : ColumnBlock.OfTexts(_memory.Storage, cells, _texts.AsSpan(0, _textBytes - pending)));
        }

        _texts?.AsSpan(_textBytes - pending, pending).CopyTo(_texts);
        _used = 0;
        _textBytes = pending;
    }

    private sealed class Utf8Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        internal static readonly Utf8Comparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        // Seeded at random by the process, so that a file cannot be made of colliding values.
        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
