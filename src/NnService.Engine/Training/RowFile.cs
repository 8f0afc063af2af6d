using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NnService.Engine.Training;

/// <summary>Rows of the same width in a file, in the byte order of the machine: it lasts no longer than its process.</summary>
/// <param name="file">The file.</param>
/// <param name="width">Numbers of a row.</param>
internal sealed class RowFile<T>(SafeFileHandle file, int width) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Numbers of a row.</summary>
    public int Width => width;

    /// <summary>Bytes of a row.</summary>
    public int RowBytes { get; } = MemoryMarshal.AsBytes<T>(new T[width]).Length;

    /// <summary>Writes rows.</summary>
    /// <param name="first">Number of the first one.</param>
    /// <param name="rows">[rows, Width]</param>
    public void Write(long first, ReadOnlySpan<T> rows) => RandomAccess.Write(file, MemoryMarshal.AsBytes(rows), first * RowBytes);

    /// <summary>Reads rows that have been written.</summary>
    /// <param name="first">Number of the first one.</param>
    /// <param name="rows">[rows, Width], overwritten.</param>
    public void Read(long first, Span<T> rows)
    {
        var bytes = MemoryMarshal.AsBytes(rows);
        var position = first * RowBytes;
        while (!bytes.IsEmpty)
        {
            var read = RandomAccess.Read(file, bytes, position);
            if (read == 0)
                throw new InvalidDataException("A file of encoded rows is shorter than what was written into it.");
            position += read;
            bytes = bytes[read..];
        }
    }

    /// <inheritdoc />
    public void Dispose() => file.Dispose();
}
