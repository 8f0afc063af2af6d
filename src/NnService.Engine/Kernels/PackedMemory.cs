using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>Memory that stays where it is, handed out in pieces that begin on a cache line, so that no register of 64 bytes lies on two of them.</summary>
/// <remarks>Pieces live as long as this object; who computes with them keeps it alive until the end.</remarks>
internal sealed unsafe class PackedMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<T[]> _pieces = [];

    /// <summary>Zeros, as many as asked for and then up to the end of a register.</summary>
    public T* Take(nint length)
    {
        var piece = GC.AllocateUninitializedArray<T>((int)length + (2 * Vector512<T>.Count), pinned: true);
        Array.Clear(piece);
        _pieces.Add(piece);
        var address = (nint)Unsafe.AsPointer(ref piece[0]);
        return (T*)((address + 63) / 64 * 64);
    }
}
