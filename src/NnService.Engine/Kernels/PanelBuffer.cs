using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Kernels;

/// <summary>Memory for packed matrix elements: one block for each thread, made at its first use and kept.</summary>
internal static unsafe class PanelBuffer
{
    private const int CacheLine = 64;

    [ThreadStatic]
    private static byte[]? _memory;

    /// <summary>Room for <paramref name="count"/> elements, on a cache line; good until this thread asks again.</summary>
    public static T* Get<T>(int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var bytes = (count * sizeof(T)) + CacheLine;
        // On the pinned heap: the address stays good as long as the array is referenced.
        if (_memory is null || _memory.Length < bytes)
            _memory = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        var address = (nint)Unsafe.AsPointer(ref _memory[0]);
        return (T*)((address + CacheLine - 1) & ~(nint)(CacheLine - 1));
    }
}
