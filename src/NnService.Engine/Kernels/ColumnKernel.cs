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

    /// <summary>Squares side by side in one kind of register: each links the next elements of four columns to the chains of these.</summary>
    private interface ISquares<TVector>
        where TVector : struct
    {
        /// <summary>Columns.</summary>
        static abstract int Columns { get; }

        static abstract TVector Load(float* sums);

        static abstract void Store(TVector sums, float* to);

        /// <summary>The next <paramref name="count"/> links, at most four, of all chains.</summary>
        static abstract TVector Add(float* a, float* b, nint bColumn, int count, TVector sums);
    }

    /// <summary>The first columns of C, as many as fill whole registers; returns how many. The others are left to another kernel.</summary>
    /// <param name="product">With one row of A, whose elements and those of each column of B are contiguous, or 0 is returned.</param>
    /// <param name="lanes">Of the registers to be used.</param>
    public static int Multiply<T>(in Product<T> product, int lanes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(float) || product.BRow != 1 || product.AColumn != 1 || lanes < Vector256<float>.Count)
            return 0;
        var done = lanes == Vector512<float>.Count ? Multiply<Squares512, Vector512<float>, T>(product, 0) : 0;
        return Multiply<Squares256, Vector256<float>, T>(product, done);
    }

    private static int Multiply<TSquares, TVector, T>(in Product<T> product, int column)
        where TSquares : struct, ISquares<TVector>
        where TVector : struct
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (; column <= product.N - TSquares.Columns; column += TSquares.Columns)
            Multiply<TSquares, TVector>(
                (float*)product.A, (float*)product.B + (column * product.BColumn), product.BColumn, (float*)product.C + column, product.K, product.Accumulate);
        return column;
    }

    // As many columns as the squares have.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TSquares, TVector>(float* a, float* b, nint bColumn, float* c, int depth, bool accumulate)
        where TSquares : struct, ISquares<TVector>
        where TVector : struct
    {
        var sums = accumulate ? TSquares.Load(c) : default;
        var k = 0;
        for (; k <= depth - Square; k += Square)
            sums = TSquares.Add(a + k, b + k, bColumn, Square, sums);
        if (k < depth)
        {
            var rest = stackalloc float[TSquares.Columns * Square];
            CopyRest(b + k, bColumn, TSquares.Columns, depth - k, rest);
            sums = TSquares.Add(a + k, rest, Square, depth - k, sums);
        }

        TSquares.Store(sums, c);
    }

    /// <summary>The last elements of columns, with room behind them, so that a square of them can be read.</summary>
    private static void CopyRest(float* b, nint bColumn, int columns, int count, float* rest)
    {
        for (var column = 0; column < columns; column++, b += bColumn, rest += Square)
            for (var k = 0; k < count; k++)
                rest[k] = b[k];
    }

    /// <summary>Four squares: sixteen columns.</summary>
    private readonly struct Squares512 : ISquares<Vector512<float>>
    {
        public static int Columns => Vector512<float>.Count;

        public static Vector512<float> Load(float* sums) => Vector512.Load(sums);

        public static void Store(Vector512<float> sums, float* to) => sums.Store(to);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Add(float* a, float* b, nint bColumn, int count, Vector512<float> sums)
        {
            var (column0, column1) = (Four(b, bColumn), Four(b + bColumn, bColumn));
            var (column2, column3) = (Four(b + (2 * bColumn), bColumn), Four(b + (3 * bColumn), bColumn));
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

        // Four elements of every fourth column.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Four(float* b, nint bColumn) =>
            Vector512.Create(Squares256.Four(b, bColumn), Squares256.Four(b + (8 * bColumn), bColumn));
    }

    /// <summary>Two squares: eight columns.</summary>
    private readonly struct Squares256 : ISquares<Vector256<float>>
    {
        public static int Columns => Vector256<float>.Count;

        public static Vector256<float> Load(float* sums) => Vector256.Load(sums);

        public static void Store(Vector256<float> sums, float* to) => sums.Store(to);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Add(float* a, float* b, nint bColumn, int count, Vector256<float> sums)
        {
            var (column0, column1) = (Four(b, bColumn), Four(b + bColumn, bColumn));
            var (column2, column3) = (Four(b + (2 * bColumn), bColumn), Four(b + (3 * bColumn), bColumn));
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

        // Four elements of every fourth column.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Four(float* b, nint bColumn) => Vector256.Create(Vector128.Load(b), Vector128.Load(b + (4 * bColumn)));
    }
}
