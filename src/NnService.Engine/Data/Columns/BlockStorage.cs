using Microsoft.Win32.SafeHandles;

namespace NnService.Engine.Data.Columns;

/// <summary>Where the blocks of columns lie.</summary>
internal abstract class BlockStorage
{
    /// <summary>Adds bytes behind the others; where they are.</summary>
    internal abstract long Append(ReadOnlySpan<byte> bytes);

    /// <summary>Reads bytes that were added in one piece; any number of threads at a time.</summary>
    internal abstract void Read(long position, Span<byte> bytes);

    /// <summary>Gives up bytes that nobody will read any more; a file keeps them.</summary>
    internal virtual void Free(long position)
    {
    }
}

/// <summary>Blocks in memory, for tables that no file keeps.</summary>
internal sealed class MemoryBlocks : BlockStorage
{
    private readonly List<byte[]> _blocks = [];

    internal override long Append(ReadOnlySpan<byte> bytes)
    {
        _blocks.Add(bytes.ToArray());
        return _blocks.Count - 1;
    }

    internal override void Read(long position, Span<byte> bytes) => _blocks[(int)position].CopyTo(bytes);

    internal override void Free(long position) => _blocks[(int)position] = [];
}

/// <summary>Blocks in a file.</summary>
// The handle is closed by its finalizer where nobody closes it: a table that is still read may outlive the file's name.
internal sealed class FileBlocks(SafeFileHandle file, long end) : BlockStorage
{
    private long _end = end;

    internal override long Append(ReadOnlySpan<byte> bytes)
    {
        long position = _end;
        RandomAccess.Write(file, bytes, position);
        _end += bytes.Length;
        return position;
    }

    internal override void Read(long position, Span<byte> bytes) => ReadWhole(file, position, bytes);

    /// <summary>Reads all bytes asked for, in as many reads as the system makes of them. Errors: <see cref="InvalidDataException"/> where the file ends
    /// before.</summary>
    internal static void ReadWhole(SafeFileHandle file, long position, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(file, bytes, position);
            if (read == 0)
                throw new InvalidDataException("A file is shorter than what was written into it.");
            position += read;
            bytes = bytes[read..];
        }
    }
}
