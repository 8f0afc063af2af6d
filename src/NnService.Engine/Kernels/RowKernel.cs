using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Kernels;

/// <summary>
/// One row of A times B read in place: the product of a batch of one. Eight registers abreast, since one chain of multiply-adds would wait four cycles for
/// every row of B.
/// </summary>
internal static unsafe class RowKernel<TLanes, TVector, T>
    where TLanes : struct, ILanes<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in Product<T> product)
    {
        var column = 0;
        for (; column <= product.N - (8 * TLanes.Count); column += 8 * TLanes.Count)
            Eight(product, column);
        for (; column <= product.N - (4 * TLanes.Count); column += 4 * TLanes.Count)
            Four(product, column);
        for (; column < product.N; column += 2 * TLanes.Count)
            ProductKernel<TLanes, TVector, T>.Strip(product, column, Math.Min(2 * TLanes.Count, product.N - column));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(in Product<T> product, int column)
    {
        var a = product.A;
        var b = product.B + column;
        var c = product.C + column;
        var (aColumn, bRow) = (product.AColumn, product.BRow);
        TVector c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        if (product.Accumulate)
        {
            c0 = TLanes.Load(c);
            c1 = TLanes.Load(c + TLanes.Count);
            c2 = TLanes.Load(c + (2 * TLanes.Count));
            c3 = TLanes.Load(c + (3 * TLanes.Count));
            c4 = TLanes.Load(c + (4 * TLanes.Count));
            c5 = TLanes.Load(c + (5 * TLanes.Count));
            c6 = TLanes.Load(c + (6 * TLanes.Count));
            c7 = TLanes.Load(c + (7 * TLanes.Count));
        }

        for (var k = product.K; k > 0; k--)
        {
            var element = TLanes.Broadcast(a);
            c0 = TLanes.MulAdd(element, TLanes.Load(b), c0);
            c1 = TLanes.MulAdd(element, TLanes.Load(b + TLanes.Count), c1);
            c2 = TLanes.MulAdd(element, TLanes.Load(b + (2 * TLanes.Count)), c2);
            c3 = TLanes.MulAdd(element, TLanes.Load(b + (3 * TLanes.Count)), c3);
            c4 = TLanes.MulAdd(element, TLanes.Load(b + (4 * TLanes.Count)), c4);
            c5 = TLanes.MulAdd(element, TLanes.Load(b + (5 * TLanes.Count)), c5);
            c6 = TLanes.MulAdd(element, TLanes.Load(b + (6 * TLanes.Count)), c6);
            c7 = TLanes.MulAdd(element, TLanes.Load(b + (7 * TLanes.Count)), c7);
            a += aColumn;
            b += bRow;
        }

        TLanes.Store(c, c0);
        TLanes.Store(c + TLanes.Count, c1);
        TLanes.Store(c + (2 * TLanes.Count), c2);
        TLanes.Store(c + (3 * TLanes.Count), c3);
        TLanes.Store(c + (4 * TLanes.Count), c4);
        TLanes.Store(c + (5 * TLanes.Count), c5);
        TLanes.Store(c + (6 * TLanes.Count), c6);
        TLanes.Store(c + (7 * TLanes.Count), c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(in Product<T> product, int column)
    {
        var a = product.A;
        var b = product.B + column;
        var c = product.C + column;
        var (aColumn, bRow) = (product.AColumn, product.BRow);
        TVector c0 = default, c1 = default, c2 = default, c3 = default;
        if (product.Accumulate)
        {
            c0 = TLanes.Load(c);
            c1 = TLanes.Load(c + TLanes.Count);
            c2 = TLanes.Load(c + (2 * TLanes.Count));
            c3 = TLanes.Load(c + (3 * TLanes.Count));
        }

        for (var k = product.K; k > 0; k--)
        {
            var element = TLanes.Broadcast(a);
            c0 = TLanes.MulAdd(element, TLanes.Load(b), c0);
            c1 = TLanes.MulAdd(element, TLanes.Load(b + TLanes.Count), c1);
            c2 = TLanes.MulAdd(element, TLanes.Load(b + (2 * TLanes.Count)), c2);
            c3 = TLanes.MulAdd(element, TLanes.Load(b + (3 * TLanes.Count)), c3);
            a += aColumn;
            b += bRow;
        }

        TLanes.Store(c, c0);
        TLanes.Store(c + TLanes.Count, c1);
        TLanes.Store(c + (2 * TLanes.Count), c2);
        TLanes.Store(c + (3 * TLanes.Count), c3);
    }
}
