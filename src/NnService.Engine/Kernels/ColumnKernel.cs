using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Kernels;

/// <summary>
/// One row of A times a B whose columns are what lies together in memory: the weighted sums of a single unit for many rows of inputs. B is turned over in
/// registers, square by square; packed into a panel first, each of its elements would be written and read again for one multiply-add (measured on Zen 5:
/// 800 rows of 16,000 inputs take a third of the time).
/// </summary>
internal static unsafe class ColumnKernel
{
    /// <summary>Elements of a column that are turned over at once.</summary>
    private const int Square = 4;

    private const byte LowHalves = 0b_01_00_01_00; // of both operands
    private const byte HighHalves = 0b_11_10_11_10;

    /// <summary>The first columns of C, as many as fill whole registers; returns how many. The others are left to another kernel.</summary>
    /// <param name="product">With one row of A, whose elements and those of each column of B are contiguous, or 0 is returned.</param>
    /// <param name="lanes">Of the registers to be used.</param>
    public static int Multiply<T>(in Product<T> product, int lanes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(float) || product.BRow != 1 || product.AColumn != 1 || lanes < Vector256<float>.Count)
            return 0;
        var a = (float*)product.A;
        var b = (float*)product.B;
        var c = (float*)product.C;
        var column = 0;
        if (lanes == Vector512<float>.Count)
        {
            for (; column <= product.N - Vector512<float>.Count; column += Vector512<float>.Count)
                Sixteen(a, b + (column * product.BColumn), product.BColumn, c + column, product.K, product.Accumulate);
        }

        for (; column <= product.N - Vector256<float>.Count; column += Vector256<float>.Count)
            Eight(a, b + (column * product.BColumn), product.BColumn, c + column, product.K, product.Accumulate);
        return column;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sixteen(float* a, float* b, nint bColumn, float* c, int depth, bool accumulate)
    {
        var sums = accumulate ? Vector512.Load(c) : default;
        var k = 0;
        for (; k <= depth - Square; k += Square)
            sums = AddSquares(a + k, b + k, bColumn, Square, sums);
        if (k < depth)
        {
            var rest = stackalloc float[Vector512<float>.Count * Square];
            CopyRest(b + k, bColumn, Vector512<float>.Count, depth - k, rest);
            sums = AddSquares(a + k, rest, Square, depth - k, sums);
        }

        sums.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(float* a, float* b, nint bColumn, float* c, int depth, bool accumulate)
    {
        var sums = accumulate ? Vector256.Load(c) : default;
        var k = 0;
        for (; k <= depth - Square; k += Square)
            sums = AddSquares(a + k, b + k, bColumn, Square, sums);
        if (k < depth)
        {
            var rest = stackalloc float[Vector256<float>.Count * Square];
            CopyRest(b + k, bColumn, Vector256<float>.Count, depth - k, rest);
            sums = AddSquares(a + k, rest, Square, depth - k, sums);
        }

        sums.Store(c);
    }

    /// <summary>The last elements of columns, with room behind them, so that a square of them can be read.</summary>
    private static void CopyRest(float* b, nint bColumn, int columns, int count, float* rest)
    {
        for (var column = 0; column < columns; column++, b += bColumn, rest += Square)
            for (var k = 0; k < count; k++)
                rest[k] = b[k];
    }

    /// <summary>Four squares side by side: the next <paramref name="count"/> links, at most four, of sixteen chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> AddSquares(float* a, float* b, nint bColumn, int count, Vector512<float> sums)
    {
        var (column0, column1) = (Four512(b, bColumn), Four512(b + bColumn, bColumn));
        var (column2, column3) = (Four512(b + (2 * bColumn), bColumn), Four512(b + (3 * bColumn), bColumn));
        var low01 = Avx512F.UnpackLow(column0, column1); // of each square: 00 01 10 11
        var low23 = Avx512F.UnpackLow(column2, column3);
        var high01 = Avx512F.UnpackHigh(column0, column1); // 20 21 30 31
        var high23 = Avx512F.UnpackHigh(column2, column3);
        sums = Avx512F.FusedMultiplyAdd(Vector512.Create(a[0]), Avx512F.Shuffle(low01, low23, LowHalves), sums);
        if (count > 1)
            sums = Avx512F.FusedMultiplyAdd(Vector512.Create(a[1]), Avx512F.Shuffle(low01, low23, HighHalves), sums);
        if (count > 2)
            sums = Avx512F.FusedMultiplyAdd(Vector512.Create(a[2]), Avx512F.Shuffle(high01, high23, LowHalves), sums);
        if (count > 3)
            sums = Avx512F.FusedMultiplyAdd(Vector512.Create(a[3]), Avx512F.Shuffle(high01, high23, HighHalves), sums);
        return sums;
    }

    /// <summary>Two squares side by side: the same of eight chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddSquares(float* a, float* b, nint bColumn, int count, Vector256<float> sums)
    {
        var (column0, column1) = (Four256(b, bColumn), Four256(b + bColumn, bColumn));
        var (column2, column3) = (Four256(b + (2 * bColumn), bColumn), Four256(b + (3 * bColumn), bColumn));
        var low01 = Avx.UnpackLow(column0, column1);
        var low23 = Avx.UnpackLow(column2, column3);
        var high01 = Avx.UnpackHigh(column0, column1);
        var high23 = Avx.UnpackHigh(column2, column3);
        sums = Fma.MultiplyAdd(Vector256.Create(a[0]), Avx.Shuffle(low01, low23, LowHalves), sums);
        if (count > 1)
            sums = Fma.MultiplyAdd(Vector256.Create(a[1]), Avx.Shuffle(low01, low23, HighHalves), sums);
        if (count > 2)
            sums = Fma.MultiplyAdd(Vector256.Create(a[2]), Avx.Shuffle(high01, high23, LowHalves), sums);
        if (count > 3)
            sums = Fma.MultiplyAdd(Vector256.Create(a[3]), Avx.Shuffle(high01, high23, HighHalves), sums);
        return sums;
    }

    /// <summary>Four elements of every fourth column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Four512(float* b, nint bColumn) => Vector512.Create(Four256(b, bColumn), Four256(b + (8 * bColumn), bColumn));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Four256(float* b, nint bColumn) => Vector256.Create(Vector128.Load(b), Vector128.Load(b + (4 * bColumn)));
}
