namespace NnService.Engine.Data.Csv;

/// <summary>Cuts a stream of bytes into lines that end in LF or CR LF; the buffer holds no more than one line and what was read ahead.</summary>
internal sealed class LineReader(Stream stream)
{
    internal const int MaxLineBytes = 16 << 20;

    private byte[] _buffer = new byte[64 << 10];
    private int _start;
    private int _length;

    /// <summary>The line read last, without its end; valid until the next read.</summary>
    internal ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>1-based number of the line read last.</summary>
    internal long Number { get; private set; }

    /// <summary>Whether the line is longer than is read; nothing more can be read then.</summary>
    internal bool TooLong { get; private set; }

    /// <summary>Reads the next line; false at the end.</summary>
    internal bool Read()
    {
        int size = 0; // of what is known to belong to the line
        while (true)
        {
            int end = _buffer.AsSpan(_start + size, _length - _start - size).IndexOf((byte)'\n');
            int known = end >= 0 ? size + end : _length - _start;
            if (known > MaxLineBytes)
            {
                TooLong = true;
                return Take(0, 0);
            }

            if (end >= 0)
                return Take(known, 1);
            size = known;
            if (!Fill())
                return size > 0 && Take(size, 0);
        }
    }

    private bool Take(int size, int separator)
    {
        ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, size);
        if (Number == 0 && line.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            line = line[3..];
        Line = line.Span.EndsWith("\r"u8) ? line[..^1] : line;
        Number++;
        _start += size + separator;
        return true;
    }

    private bool Fill()
    {
        int unread = _length - _start;
        _buffer.AsSpan(_start, unread).CopyTo(_buffer);
        (_start, _length) = (0, unread);
        if (_length == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        int read = stream.Read(_buffer, _length, _buffer.Length - _length);
        _length += read;
        return read > 0;
    }
}
