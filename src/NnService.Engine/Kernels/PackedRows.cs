using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Kernels;

/// <summary>
/// How a matrix with few columns lies in memory for a tiny network: one, two or four rows side by side in 64 bytes, so that every load and store is a
/// whole register. What stands in the lanes between the columns and the next row is of no account and never reaches a column.
/// </summary>
/// <remarks>A row of parameters that meets such a matrix is repeated for each of the rows side by side.</remarks>
internal readonly unsafe struct PackedRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <param name="columns">Columns, at most a register's.</param>
    /// <param name="rows">Rows at the most; a single one has the register to itself.</param>
    public PackedRows(int columns, int rows)
    {
        Columns = columns;
        Abreast = columns > Width / 2 || rows == 1 ? 1 : columns > Width / 4 || rows == 2 ? 2 : 4;
        Stride = Width / Abreast;
    }

    /// <summary>Elements of a register.</summary>
    public static nint Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<T>.Count;
    }

    /// <summary>Numbers in a row.</summary>
    public nint Columns { get; }

    /// <summary>Rows in a register.</summary>
    public nint Abreast { get; }

    /// <summary>From one row to the next, in elements.</summary>
    public nint Stride { get; }

    // a [rows, depth], of any stride   b [depth, columns], each row a register, or a number of a single column   →   one, two or four registers of a · b
    /// <summary>Up to four rows of a · b, packed; every element one chain of fused multiply-adds in rising order, from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FourRegisters<T> Product<TRow>(T* a, nint aStride, nint rows, T* b, nint depth)
        where TRow : struct, IPackedRow<T>
    {
        var four = FourRegisters<T>.Chains<TRow>(a, aStride, 1, rows, b, depth);
        if (Abreast == 4)
        {
            var (low, high) = (Join(four.First, four.Second, Width / 4), Join(four.Third, four.Fourth, Width * 3 / 4));
            four.First = Join(low, high, Width / 2);
        }
        else if (Abreast == 2)
        {
            four.First = Join(four.First, four.Second, Width / 2);
            four.Second = Join(four.Third, four.Fourth, Width / 2);
        }

        return four;
    }

    // a [rows, depth], of any stride   b [rows, columns], packed   →   c [depth, columns], each row a register, repeated
    /// <summary>c = aᵀ · b</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TransposedProduct(T* a, nint aStride, nint depth, T* b, nint rows, T* c)
    {
        if (Abreast == 1)
            TransposedProduct<Whole>(a, aStride, depth, b, rows, c);
        else if (Abreast == 2)
            TransposedProduct<Half>(a, aStride, depth, b, rows, c);
        else
            TransposedProduct<Quarter>(a, aStride, depth, b, rows, c);
    }

    // b [rows, columns], packed   →   a register, repeated
    /// <summary>The sums of the columns, each one chain of additions, from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> ColumnSums(T* b, nint rows)
    {
        var sum = Vector512<T>.Zero;
        for (; rows > 0; rows--, b += Stride)
            sum += Abreast == 1 ? Whole.Load(b) : Abreast == 2 ? Half.Load(b) : Quarter.Load(b);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposedProduct<TRow>(T* a, nint aStride, nint depth, T* b, nint rows, T* c)
        where TRow : struct, IPackedRow<T>
    {
        for (; depth > 1; depth -= 4, a += 4, c += 4 * Width)
        {
            var four = FourRegisters<T>.Chains<TRow>(a, 1, aStride, depth, b, rows);
            four.First.Store(c);
            four.Second.Store(c + Width);
            if (depth > 2)
                four.Third.Store(c + (2 * Width));
            if (depth > 3)
                four.Fourth.Store(c + (3 * Width));
        }

        if (depth == 1)
            FourRegisters<T>.Chain<TRow>(a, aStride, b, rows).Store(c);
    }

    /// <summary>The first lanes of one register, the others of another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Join(Vector512<T> low, Vector512<T> high, nint lanes) => typeof(T) == typeof(float)
        ? Vector512.ConditionalSelect(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)lanes)).As<int, T>(), low, high)
        : Vector512.ConditionalSelect(Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)lanes)).As<long, T>(), low, high);

    /// <summary>A row that is a register.</summary>
    internal readonly struct Whole : IPackedRow<T>
    {
        public static nint Stride
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => Width;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Load(T* row) => Vector512.Load(row);
    }

    /// <summary>A row that is a number, one column's.</summary>
    internal readonly struct Number : IPackedRow<T>
    {
        public static nint Stride
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 1;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Load(T* row) => Vector512.Create(*row);
    }

    private readonly struct Half : IPackedRow<T>
    {
        public static nint Stride
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => Width / 2;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Load(T* row) => Avx512F.IsSupported
            ? Avx512F.BroadcastVector256ToVector512((double*)row).As<double, T>()
            : Vector512.Create(Vector256.Load(row), Vector256.Load(row));
    }

    private readonly struct Quarter : IPackedRow<T>
    {
        public static nint Stride
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => Width / 4;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Load(T* row)
        {
            if (Avx512F.IsSupported)
                return Avx512F.BroadcastVector128ToVector512((float*)row).As<float, T>();
            var half = Vector256.Create(Vector128.Load(row), Vector128.Load(row));
            return Vector512.Create(half, half);
        }
    }
}
