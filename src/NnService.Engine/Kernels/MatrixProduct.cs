using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Kernels;

/// <summary>C = A · B or C += A · B over strided views.</summary>
/// <remarks>
/// Each element of C is one chain of fused multiply-adds over rising k, from 0 or from what stood in C:
/// c ← fma(a[i, 0], b[0, j], c), c ← fma(a[i, 1], b[1, j], c), … Vectors and threads divide rows and columns, never k.
/// So every variant, on every processor and any number of threads, equals <see cref="MultiplyReference"/> to the bit.
/// </remarks>
public static class MatrixProduct
{
    /// <summary>Up to this many multiply-adds, plain loops are done before another kernel has begun.</summary>
    private const int FewMultiplyAdds = 512;

    /// <summary>The same where B is transposed or C is, and the loops go element by element.</summary>
    private const int FewStridedMultiplyAdds = 96;

    /// <summary>Below this many multiply-adds, waking a second thread costs more than it gives.</summary>
    private const int WorthSharing = 150_000;

    /// <summary>Chunks for each thread: enough that one thread slowed down by others delays the rest little.</summary>
    private const int ChunksPerThread = 4;

    /// <summary>The best variant of this processor.</summary>
    internal static ProductVariant BestVariant =>
        Avx512F.IsSupported ? ProductVariant.Avx512 : Avx2.IsSupported && Fma.IsSupported ? ProductVariant.Avx2 : ProductVariant.Portable;

    // a [m, k]   b [k, n]   →   c [m, n]
    /// <summary>c = a · b, or c += a · b if <paramref name="accumulate"/>. C must not overlap a or b. Allocates nothing after a thread's first call.</summary>
    /// <param name="a">[m, k], any strides.</param>
    /// <param name="b">[k, n], any strides.</param>
    /// <param name="c">[m, n], any strides; fastest when its rows or its columns are contiguous.</param>
    /// <param name="accumulate">Whether the chains go on from c.</param>
    /// <param name="team">Shares large products; null computes on the calling thread alone. No effect on the result.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together.</exception>
    public static void Multiply<T>(in ReadOnlyView<T> a, in ReadOnlyView<T> b, in View<T> c, bool accumulate = false, Team? team = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckShapes(a, b, c);
        var multiplyAdds = (long)c.Rows * c.Columns * a.Columns;
        if (multiplyAdds <= FewStridedMultiplyAdds || (multiplyAdds <= FewMultiplyAdds && b.ColumnStride == 1 && c.ColumnStride == 1))
            SmallKernel.Multiply(a, b, c, accumulate);
        else
            Multiply(a, b, c, accumulate, team, BestVariant);
    }

    // a [m, k]   b [k, n]   →   c [m, n]
    /// <summary>The same by the definition: the slow twin every variant is tested against.</summary>
    public static void MultiplyReference<T>(in ReadOnlyView<T> a, in ReadOnlyView<T> b, in View<T> c, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckShapes(a, b, c);
        for (var i = 0; i < c.Rows; i++)
        {
            for (var j = 0; j < c.Columns; j++)
            {
                var sum = accumulate ? c[i, j] : T.Zero;
                for (var k = 0; k < a.Columns; k++)
                    sum = T.FusedMultiplyAdd(a[i, k], b[k, j], sum);
                c[i, j] = sum;
            }
        }
    }

    internal static unsafe void Multiply<T>(ReadOnlyView<T> a, ReadOnlyView<T> b, View<T> c, bool accumulate, Team? team, ProductVariant variant)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The kernels write contiguous rows. A C with contiguous columns is the transpose of one: Cᵀ = Bᵀ · Aᵀ, the same chains with the factors exchanged.
        // So is a single column, where a row is a wider tile.
        if (c.RowStride == 1 && (c.ColumnStride != 1 || c.Columns == 1))
        {
            var left = b.Transposed;
            b = a.Transposed;
            a = left;
            c = c.Transposed;
        }

        if (c.ColumnStride != 1 && c.Columns > 1)
        {
            SmallKernel.Multiply(a, b, c, accumulate);
            return;
        }

        fixed (T* originA = &a.Origin, originB = &b.Origin, originC = &c.Origin)
        {
            Product<T> product;
            product.A = originA;
            product.B = originB;
            product.C = originC;
            product.ARow = a.RowStride;
            product.AColumn = a.ColumnStride;
            product.BRow = b.RowStride;
            product.BColumn = b.Columns == 1 ? 1 : b.ColumnStride;
            product.CRow = c.RowStride;
            product.M = c.Rows;
            product.K = a.Columns;
            product.N = c.Columns;
            product.Accumulate = accumulate;
            if (team is null || team.Threads == 1 || (long)product.M * product.N * product.K < WorthSharing)
                Run(product, variant);
            else
                Share(product, variant, team);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Run<T>(in Product<T> product, ProductVariant variant)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (variant == ProductVariant.Avx512)
            ProductKernel<Lanes512<T>, Vector512<T>, T>.Multiply(product);
        else if (variant == ProductVariant.Avx2)
            ProductKernel<Lanes256<T>, Vector256<T>, T>.Multiply(product);
        else
            ProductKernel<SingleLane<T>, T, T>.Multiply(product);
    }

    /// <summary>Columns are divided first, so that each core's cache holds its own part of B, then rows.</summary>
    private static void Share<T>(in Product<T> product, ProductVariant variant, Team team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (strip, tile) = variant switch
        {
            ProductVariant.Avx512 => (2 * Vector512<T>.Count, Lanes512<T>.TileRows),
            ProductVariant.Avx2 => (2 * Vector256<T>.Count, Lanes256<T>.TileRows),
            _ => (2, SingleLane<T>.TileRows),
        };
        var wanted = ChunksPerThread * team.Threads;
        var strips = Quotient(product.N, strip);
        var tiles = Quotient(product.M, tile);
        var columnParts = Math.Min(strips, wanted);
        var rowParts = Math.Min(tiles, Quotient(wanted, columnParts));
        var work = new ProductWork<T>
        {
            Product = product,
            Variant = variant,
            Columns = Quotient(strips, columnParts) * strip,
            Rows = Quotient(tiles, rowParts) * tile,
        };
        work.ChunksAcross = Quotient(product.N, work.Columns);
        team.Run(ref work, work.ChunksAcross * Quotient(product.M, work.Rows));
    }

    private static int Quotient(int dividend, int divisor) => (dividend + divisor - 1) / divisor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CheckShapes<T>(in ReadOnlyView<T> a, in ReadOnlyView<T> b, in View<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (a.Columns != b.Rows || a.Rows != c.Rows || b.Columns != c.Columns)
            ThrowShapes(a.Rows, a.Columns, b.Rows, b.Columns, c.Rows, c.Columns);
    }

    private static void ThrowShapes(int aRows, int aColumns, int bRows, int bColumns, int cRows, int cColumns) => throw new ArgumentException(
        $"A matrix of {aRows} x {aColumns} times one of {bRows} x {bColumns} does not give one of {cRows} x {cColumns}.");

    private struct ProductWork<T> : ITeamWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public Product<T> Product;
        public ProductVariant Variant;
        public int Rows;
        public int Columns;
        public int ChunksAcross;

        public readonly void Run(int chunk)
        {
            var row = chunk / ChunksAcross * Rows;
            var column = chunk % ChunksAcross * Columns;
            MatrixProduct.Run(
                Product.Part(row, Math.Min(Rows, Product.M - row), column, Math.Min(Columns, Product.N - column)), Variant);
        }
    }
}
