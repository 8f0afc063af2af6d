using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>Four registers that are computed together, because one alone would wait for itself.</summary>
internal unsafe struct FourRegisters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Vector512<T> First;
    public Vector512<T> Second;
    public Vector512<T> Third;
    public Vector512<T> Fourth;

    /// <summary>Σₖ a[q · aRow + k · aStep] · b[k] for q = 0 … 3; where there are fewer than four, the first is done again in the place of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourRegisters<T> Chains<TRow>(T* a, nint aRow, nint aStep, nint count, T* b, nint depth)
        where TRow : struct, IPackedRow<T>
    {
        var a1 = count > 1 ? a + aRow : a;
        var a2 = count > 2 ? a1 + aRow : a;
        var a3 = count > 3 ? a2 + aRow : a;
        FourRegisters<T> four = default;
        for (nint at = 0; depth > 0; depth--, at += aStep, b += TRow.Stride)
        {
            var row = TRow.Load(b);
            four.First = FloatingPoint<T>.MulAdd(Vector512.Create(a[at]), row, four.First);
            four.Second = FloatingPoint<T>.MulAdd(Vector512.Create(a1[at]), row, four.Second);
            four.Third = FloatingPoint<T>.MulAdd(Vector512.Create(a2[at]), row, four.Third);
            four.Fourth = FloatingPoint<T>.MulAdd(Vector512.Create(a3[at]), row, four.Fourth);
        }

        return four;
    }

    /// <summary>The first of them alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Chain<TRow>(T* a, nint aStep, T* b, nint depth)
        where TRow : struct, IPackedRow<T>
    {
        var sum = Vector512<T>.Zero;
        for (nint at = 0; depth > 0; depth--, at += aStep, b += TRow.Stride)
            sum = FloatingPoint<T>.MulAdd(Vector512.Create(a[at]), TRow.Load(b), sum);
        return sum;
    }
}

/// <summary>A row of packed rows, repeated as often as rows stand side by side.</summary>
internal unsafe interface IPackedRow<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract nint Stride { get; }

    static abstract Vector512<T> Load(T* row);
}
