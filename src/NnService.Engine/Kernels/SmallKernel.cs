using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Kernels;

/// <summary>
/// The product of matrices of a few elements, where the preparations of the other kernels would cost more than the work. Also takes any strides.
/// </summary>
/// <remarks>
/// Registers of exactly the width that is left, down to a single element, and no masks: a masked load counts as 64 bytes when the processor looks for pending
/// stores, so in a network of ten numbers it waits for its neighbours' (measured on Zen 4: 74 ns instead of 12 for 4×3×4).
/// </remarks>
internal static unsafe class SmallKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(in ReadOnlyView<T> a, in ReadOnlyView<T> b, in View<T> c, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (rows, depth, columns) = (c.Rows, a.Columns, c.Columns);
        nint aRow = a.RowStride, aColumn = a.ColumnStride, bRow = b.RowStride, bColumn = b.ColumnStride, cRow = c.RowStride, cColumn = c.ColumnStride;
        var vectors = bColumn == 1 && cColumn == 1 && Avx2.IsSupported && Fma.IsSupported;
        fixed (T* originA = &a.Origin, originB = &b.Origin, originC = &c.Origin)
        {
            var rowA = originA;
            var rowC = originC;
            if (columns == 1)
            {
                for (; rows >= 4; rows -= 4)
                {
                    FourChains(rowA, aRow, aColumn, originB, bRow, rowC, cRow, depth, accumulate);
                    rowA += 4 * aRow;
                    rowC += 4 * cRow;
                }
            }

            for (; rows > 0; rows--)
            {
                var j = 0;
                if (vectors)
                {
                    if (Avx512F.IsSupported)
                    {
                        for (; j <= columns - Vector512<T>.Count; j += Vector512<T>.Count)
                            Chain<Lanes512<T>, Vector512<T>, T>(rowA, aColumn, originB + j, bRow, rowC + j, depth, accumulate);
                    }

                    for (; j <= columns - Vector256<T>.Count; j += Vector256<T>.Count)
                        Chain<Lanes256<T>, Vector256<T>, T>(rowA, aColumn, originB + j, bRow, rowC + j, depth, accumulate);
                    if (j <= columns - Vector128<T>.Count)
                    {
                        Chain<Lanes128<T>, Vector128<T>, T>(rowA, aColumn, originB + j, bRow, rowC + j, depth, accumulate);
                        j += Vector128<T>.Count;
                    }
                }

                for (; j < columns; j++)
                    Chain<SingleLane<T>, T, T>(rowA, aColumn, originB + (j * bColumn), bRow, rowC + (j * cColumn), depth, accumulate);
                rowA += aRow;
                rowC += cRow;
            }
        }
    }

    /// <summary>Four rows of a C of one column side by side: one chain of multiply-adds would wait four cycles for each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourChains<T>(T* a, nint aRow, nint aColumn, T* b, nint bRow, T* c, nint cRow, int depth, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T c0 = default, c1 = default, c2 = default, c3 = default;
        if (accumulate)
            (c0, c1, c2, c3) = (c[0], c[cRow], c[2 * cRow], c[3 * cRow]);
        for (; depth > 0; depth--)
        {
            c0 = T.FusedMultiplyAdd(a[0], *b, c0);
            c1 = T.FusedMultiplyAdd(a[aRow], *b, c1);
            c2 = T.FusedMultiplyAdd(a[2 * aRow], *b, c2);
            c3 = T.FusedMultiplyAdd(a[3 * aRow], *b, c3);
            a += aColumn;
            b += bRow;
        }

        (c[0], c[cRow], c[2 * cRow], c[3 * cRow]) = (c0, c1, c2, c3);
    }

    /// <summary>One register of one row of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Chain<TLanes, TVector, T>(T* a, nint aColumn, T* b, nint bRow, T* c, int depth, bool accumulate)
        where TLanes : struct, ILanes<TVector, T>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = accumulate ? TLanes.Load(c) : default;
        for (; depth > 0; depth--)
        {
            sum = TLanes.MulAdd(TLanes.Broadcast(a), TLanes.Load(b), sum);
            a += aColumn;
            b += bRow;
        }

        TLanes.Store(c, sum);
    }
}
