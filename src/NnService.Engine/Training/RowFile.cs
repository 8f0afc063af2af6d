using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NnService.Engine.Data.Columns;

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
    public int RowBytes { get; } = checked(width * Unsafe.SizeOf<T>());

    /// <summary>Writes rows.</summary>
    /// <param name="first">Number of the first one.</param>
    /// <param name="rows">[rows, Width]</param>
    public void Write(long first, ReadOnlySpan<T> rows) => RandomAccess.Write(file, MemoryMarshal.AsBytes(rows), first * RowBytes);

    /// <summary>Reads rows that have been written.</summary>
    /// <param name="first">Number of the first one.</param>
    /// <param name="rows">[rows, Width], overwritten.</param>
    public void Read(long first, Span<T> rows) => FileBlocks.ReadWhole(file, first * RowBytes, MemoryMarshal.AsBytes(rows));

    /// <inheritdoc />
    public void Dispose() => file.Dispose();
}
