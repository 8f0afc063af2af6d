using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Data.Csv;

/// <summary>Finds what ends a cell: the delimiter, LF and CR.</summary>
internal static class Separators
{
    /// <summary>A bit for each separator among 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Among(Vector256<byte> bytes, byte delimiter)
        => (Vector256.Equals(bytes, Vector256.Create(delimiter))
            | Vector256.Equals(bytes, Vector256.Create((byte)'\n'))
            | Vector256.Equals(bytes, Vector256.Create((byte)'\r'))).ExtractMostSignificantBits();

    /// <summary>A bit for each separator among 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Among(Vector512<byte> bytes, byte delimiter)
        => (Vector512.Equals(bytes, Vector512.Create(delimiter))
            | Vector512.Equals(bytes, Vector512.Create((byte)'\n'))
            | Vector512.Equals(bytes, Vector512.Create((byte)'\r'))).ExtractMostSignificantBits();
}
