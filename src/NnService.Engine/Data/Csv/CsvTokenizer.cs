using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Data.Csv;

/// <summary>Cuts a stream of bytes into cells after RFC 4180, one cell at a time; the buffer holds no more than one cell and what was read ahead.</summary>
// Line ends are CR LF, LF or CR. A quote that does not open the cell is an ordinary character.
internal sealed class CsvTokenizer
{
    /// <summary>Bytes read ahead, as long as no cell is longer.</summary>
    internal const int BufferBytes = 256 << 10;

    private const int BlockBytes = 64;

    private readonly Stream _stream;
    private readonly byte _delimiter;
    private readonly byte _decimalMark;
    private readonly int _maxCellBytes;
    private byte[] _buffer = new byte[BufferBytes + BlockBytes]; // one block more than is filled, so that a whole block, or a number, can be loaded anywhere
    private int _start;
    private int _length;
    private int _blockStart = -BlockBytes;
    private ulong _blockMask;
    private int _cellStart;
    private int _cellLength;
    private long _line;
    private bool _afterDelimiter;
    private bool _afterCarriageReturn;

    /// <param name="stream">Stands at the first row.</param>
    /// <param name="dialect">What separates cells, and on which line the first row stands.</param>
    /// <param name="options">How long a cell may be, and how numbers are written.</param>
    internal CsvTokenizer(Stream stream, CsvDialect dialect, TableReadOptions options)
    {
        _stream = stream;
        _delimiter = dialect.Delimiter;
        _decimalMark = (byte)options.Notation.DecimalMark;
        _maxCellBytes = options.MaxCellBytes;
        _line = dialect.FirstLine;
    }

    /// <summary>The bytes of the cell read last, without quotes; valid until the next read.</summary>
    internal ReadOnlySpan<byte> Cell => _buffer.AsSpan(_cellStart, _cellLength);

    /// <summary>1-based line on which the cell read last begins.</summary>
    internal long Line { get; private set; }

    /// <summary>1-based line on which the next row begins, between rows.</summary>
    internal long NextLine => _line;

    /// <summary>Whether some cell had line ends in it, so that rows and lines differ.</summary>
    internal bool HasLinesInCells { get; private set; }

    /// <summary>Whether the cell read last was quoted.</summary>
    internal bool Quoted { get; private set; }

    /// <summary>What is wrong with the cell read last; null where nothing is.</summary>
    internal string? Problem { get; private set; }

    internal CsvToken Read()
    {
        Problem = null;
        Quoted = false;
        _cellLength = 0;
        bool any = _start < _length || Fill();
        if (_afterCarriageReturn)
        {
            _afterCarriageReturn = false;
            if (any && _buffer[_start] == '\n')
            {
                _start++;
                any = _start < _length || Fill();
            }
        }

        Line = _line;
        if (!any)
            return _afterDelimiter ? EndCell(_length) : CsvToken.End;
        Quoted = _buffer[_start] == '"';
        return Quoted ? ReadQuoted() : ReadPlain();
    }

    /// <summary>Reads plain cells for as long as they are buffered whole and nothing about them is unusual.</summary>
    /// <param name="stage">Where they go.</param>
    /// <param name="index">Place in its row of the next cell, which is for <see cref="Read"/>.</param>
    /// <returns>Number of rows that were ended.</returns>
    internal unsafe long ReadPlain(RowStage stage, out int index)
    {
        index = 0;
        if (_afterCarriageReturn)
            return 0;
        stage.Begin();
        var (place, staged, rows) = (0, 0, 0L); // these and the next are locals: each number that is stored would make the processor look at fields again
        fixed (bool* plain = stage.Plain)
        fixed (int* ends = stage.Ends)
        fixed (double* values = stage.Values)
        fixed (byte* buffer = _buffer)
        {
            double* next = values;
            int last = stage.Columns - 1;
            int at = _start;
            var (first, rowStart) = (at, at);
            int length = _length;
            byte delimiter = _delimiter;
            var decimalMark = Vector128.Create(_decimalMark);
            while (true)
            {
                // Short cells need no more than one look
                int end = at + BitOperations.TrailingZeroCount(Separators.Among(Vector256.Load(buffer + at), delimiter));
                if (end - at == Vector256<byte>.Count && at + Vector256<byte>.Count < length)
                    end = NextSeparator(end);
                if (end >= length)
                    break;
                byte separator = buffer[end];
                if (separator == delimiter == (place == last))
                    break;
                double value = plain[place] ? DecimalParser.Parse(buffer + at, end - at, decimalMark) : double.NaN;
                if (double.IsNaN(value) && !TryTake(stage, place, buffer + at, end - at, out value))
                    break;
                *next++ = value;
                at = end + 1;
                if (++place <= last)
                    continue;
                place = 0;
                rows++;
                _line++;
                ends[staged++] = end;
                if (separator == '\r')
                {
                    _afterCarriageReturn = at == length;
                    at += at < length && buffer[at] == '\n' ? 1 : 0;
                }

                rowStart = at;
                if (staged < stage.Rows)
                    continue;
                bool isMoreWanted = stage.Take(staged, 0, _buffer, first, _line);
                (first, staged) = (at, 0);
                next = values;
                if (!isMoreWanted)
                    break;
            }

            if (stage.TakesWholeRows)
                (at, place) = (rowStart, 0);
            _start = at;
            stage.Take(staged, place, _buffer, first, _line);
        }

        index = place;
        _afterDelimiter = index > 0;
        return rows;
    }

    // A blank line of a table of one column may be the end of the table rather than a missing cell.
    private unsafe bool TryTake(RowStage stage, int place, byte* cell, int size, out double value)
    {
        value = double.NaN;
        var text = new ReadOnlySpan<byte>(cell, size);
        return size <= _maxCellBytes
            && !text.StartsWith((byte)'"')
            && (stage.Columns > 1 || !CellText.Trim(text).IsEmpty)
            && stage.TryTake(place, text, _line, out value);
    }

    private CsvToken ReadPlain()
    {
        int size = FindEnd(0);
        if (size > _maxCellBytes)
            return TooLong();
        _cellStart = _start;
        _cellLength = size;
        return EndCell(_start + size);
    }

    private CsvToken ReadQuoted()
    {
        int size = 1; // of what is known to belong to the cell, quotes included
        bool doubled = false;
        while (true)
        {
            int quote = _buffer.AsSpan(_start + size, _length - _start - size).IndexOf((byte)'"');
            if (quote < 0)
            {
                size = _length - _start;
                if (size / 2 > _maxCellBytes) // a quote takes two bytes here and one in the cell
                    return TooLong();
                if (!Fill())
                    return Invalid("a quote is opened here and never closed.");
                continue;
            }

            size += quote + 1;
            if ((_start + size == _length && !Fill()) || _buffer[_start + size] != '"')
                break;
            doubled = true;
            size++;
        }

        int length = size - 2;
        int end = _start + size;
        if (end < _length && !IsSeparator(_buffer[end]))
        {
            end = FindEnd(size);
            end += _start;
            Problem = "there is text after a closing quote; a quote inside a quoted cell is written twice."
                + (_buffer.AsSpan(_start + size, end - _start - size).StartsWith(" \""u8) ? " If blanks separate the cells, write commas instead." : "");
        }

        _cellStart = _start + 1;
        Span<byte> content = _buffer.AsSpan(_cellStart, length);
        if (QuotedText.LineEnds(content) is > 0 and var lines)
        {
            _line += lines;
            HasLinesInCells = true;
        }

        _cellLength = doubled ? QuotedText.Unescape(content) : length;
        return _cellLength > _maxCellBytes ? TooLong() : EndCell(end);
    }

    /// <summary>Moves past the separator at an index of the buffer, or past the end of the file.</summary>
    private CsvToken EndCell(int end)
    {
        _afterDelimiter = false;
        if (end == _length)
        {
            _start = end;
            return CsvToken.LastCell;
        }

        byte separator = _buffer[end];
        _start = end + 1;
        if (separator == _delimiter)
        {
            _afterDelimiter = true;
            return CsvToken.Cell;
        }

        _line++;
        _afterCarriageReturn = separator == '\r';
        return CsvToken.LastCell;
    }

    private bool IsSeparator(byte value) => value == _delimiter || value is (byte)'\n' or (byte)'\r';

    /// <summary>Bytes from the start to the next separator at or after an offset, or to the end of the file; stops early once that is longer than a cell may
    /// be.</summary>
    private int FindEnd(int offset)
    {
        while (true)
        {
            int end = NextSeparator(_start + offset);
            if (end < _length)
                return end - _start;
            offset = _length - _start;
            if (offset / 2 > _maxCellBytes || !Fill())
                return offset;
        }
    }

    /// <summary>Index of the first separator at or after an index, or the length of what is buffered.</summary>
    // The mask of the block last looked at is kept: short cells then cost one shift and one bit scan each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int NextSeparator(int from)
    {
        while (true)
        {
            int offset = from - _blockStart;
            if ((uint)offset < BlockBytes)
            {
                ulong rest = _blockMask >> offset;
                if (rest != 0)
                    return from + BitOperations.TrailingZeroCount(rest);
                from = _blockStart + BlockBytes;
            }

            if (from >= _length)
                return _length;
            LoadBlock(from);
        }
    }

    private void LoadBlock(int start)
    {
        int filled = _length - start;
        ulong mask = Separators.Among(Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_buffer), (nuint)start), _delimiter);
        _blockMask = filled < BlockBytes ? mask & ((1UL << filled) - 1) : mask;
        _blockStart = start;
    }

    /// <summary>Moves what is unread to the front and reads more behind it; false at the end of the file.</summary>
    private bool Fill()
    {
        int unread = _length - _start;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, unread).CopyTo(_buffer);
            _start = 0;
            _length = unread;
        }

        if (_length + BlockBytes >= _buffer.Length)
            Array.Resize(ref _buffer, checked(2 * _buffer.Length));
        _blockStart = -BlockBytes;
        int read = _stream.Read(_buffer, _length, _buffer.Length - BlockBytes - _length);
        _length += read;
        return read > 0;
    }

    private CsvToken TooLong() => Invalid(Quoted
        ? $"the quoted cell that begins here is longer than {_maxCellBytes:N0} bytes; is its quote closed?"
        : $"the cell is longer than {_maxCellBytes:N0} bytes.");

    private CsvToken Invalid(string problem)
    {
        _cellLength = 0;
        Problem = problem;
        return CsvToken.Invalid;
    }
}
