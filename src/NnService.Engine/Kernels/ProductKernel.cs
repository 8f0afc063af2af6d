using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Kernels;

/// <summary>The matrix product on one kind of register, one thread. <see cref="MatrixProduct"/> chooses the kind and splits the work.</summary>
/// <remarks>
/// C is computed in tiles that stay in registers while k runs. A is read where it is, by broadcasts, whatever its strides: packing it gained nothing.
/// Each element of C is one chain of fused multiply-adds over rising k; a block of k takes C up where the one before left it.
/// </remarks>
internal static unsafe class ProductKernel<TLanes, TVector, T>
    where TLanes : struct, ILanes<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>From this many rows on, a copy of B pays for itself.</summary>
    private const int RowsWorthPacking = 65;

    /// <summary>
    /// A B that spans no more than this is not copied: all of it stays in the first-level cache (measured on Zen 5: 3 % of a weight gradient of 784 x 128 from
    /// 64 rows).
    /// </summary>
    private const int BytesNotWorthPacking = 32 * 1024;

    /// <summary>
    /// Depth of a panel: 512 rows of two registers of 64 bytes are 64 KiB, which the second-level cache delivers in time for a tile of eight rows. Half as
    /// deep, a panel would fit into the first-level cache, but C would be taken up twice as often (measured on Zen 4: 1 to 2 % slower).
    /// </summary>
    private const int PanelDepth = 512;

    /// <summary>Panels packed at once, so that rows of B are read in longer runs.</summary>
    private const int PanelsAbreast = 4;

    /// <summary>
    /// Rows of A taken past all panels abreast before the next ones: so many stay in the second-level cache meanwhile. Whole tiles of 8 and of 6.
    /// </summary>
    private const int RowBlock = 120;

    /// <summary>Columns of C in one strip.</summary>
    public static int StripColumns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * TLanes.Count;
    }

    public static void Multiply(in Product<T> product)
    {
        var done = product.M == 1 && product.BColumn != 1 ? ColumnKernel.Multiply(product, TLanes.Count) : 0;
        if (done == product.N)
            return;
        if (done > 0)
            MultiplyPacked(product.Part(0, 1, done, product.N - done));
        else if (product.BColumn != 1
            || (product.M >= RowsWorthPacking && product.BRow > StripColumns && product.K * product.BRow * sizeof(T) > BytesNotWorthPacking))
            MultiplyPacked(product);
        else if (product.M == 1)
            RowKernel<TLanes, TVector, T>.Multiply(product);
        else
            MultiplyInPlace(product);
    }

    private static void MultiplyInPlace(in Product<T> product)
    {
        for (var column = 0; column < product.N; column += StripColumns)
            Strip(product, column, Math.Min(StripColumns, product.N - column));
    }

    /// <summary>
    /// B is copied into panels of one strip's width, and blocks of rows of A are taken past them: panels and block stay in the second-level cache.
    /// </summary>
    private static void MultiplyPacked(in Product<T> product)
    {
        var panels = PanelBuffer.Get<T>(PanelsAbreast * PanelDepth * StripColumns);
        var strip = product;
        strip.BRow = StripColumns;
        for (var k = 0; k < product.K; k += PanelDepth, strip.Accumulate = true)
        {
            strip.K = Math.Min(PanelDepth, product.K - k);
            for (var first = 0; first < product.N; first += PanelsAbreast * StripColumns)
            {
                var abreast = Math.Min(PanelsAbreast * StripColumns, product.N - first);
                Panel.Pack(product.B + (k * product.BRow) + (first * product.BColumn), product.BRow, product.BColumn, strip.K, abreast, StripColumns, panels);
                for (var row = 0; row < product.M; row += RowBlock)
                {
                    strip.M = Math.Min(RowBlock, product.M - row);
                    strip.A = product.A + (row * product.ARow) + (k * product.AColumn);
                    for (var column = 0; column < abreast; column += StripColumns)
                    {
                        strip.B = panels + (column * strip.K);
                        strip.C = product.C + (row * product.CRow) + first + column;
                        Strip(strip, 0, Math.Min(StripColumns, abreast - column));
                    }
                }
            }
        }
    }

    /// <summary>All rows of C, at most two registers wide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Strip(in Product<T> product, int column, int columns)
    {
        if (columns == StripColumns)
            Strip<Row<TLanes, TVector, T>, WholeEdge<TLanes, TVector, T>>(product, column, default);
        else if (columns > TLanes.Count)
            Strip<Row<TLanes, TVector, T>, MaskedEdge<TLanes, TVector, T>>(product, column, TLanes.Mask(columns - TLanes.Count));
        else if (columns == TLanes.Count)
            Strip<Half<TLanes, TVector, T>, WholeEdge<TLanes, TVector, T>>(product, column, default);
        else
            Strip<Half<TLanes, TVector, T>, MaskedEdge<TLanes, TVector, T>>(product, column, TLanes.Mask(columns));
    }

    // The next two only give names to the types of two and four rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Strip<TOne, TEdge>(in Product<T> product, int column, TVector mask)
        where TOne : struct, ITile<TOne, TVector, T>
        where TEdge : struct, IEdge<TVector, T> => Strip<TOne, Stack<TOne, TOne, TVector, T>, TEdge>(product, column, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Strip<TOne, TTwo, TEdge>(in Product<T> product, int column, TVector mask)
        where TOne : struct, ITile<TOne, TVector, T>
        where TTwo : struct, ITile<TTwo, TVector, T>
        where TEdge : struct, IEdge<TVector, T> => Strip<TOne, TTwo, Stack<TTwo, TTwo, TVector, T>, TEdge>(product, column, mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Strip<TOne, TTwo, TFour, TEdge>(in Product<T> product, int column, TVector mask)
        where TOne : struct, ITile<TOne, TVector, T>
        where TTwo : struct, ITile<TTwo, TVector, T>
        where TFour : struct, ITile<TFour, TVector, T>
        where TEdge : struct, IEdge<TVector, T>
    {
        var row = 0;
        if (TLanes.TileRows == 8 && product.M >= 8)
            row = Tiles<Stack<TFour, TFour, TVector, T>, TEdge>(product, row, column, mask);
        if (TLanes.TileRows == 6 && product.M >= 6)
            row = Tiles<Stack<TFour, TTwo, TVector, T>, TEdge>(product, row, column, mask);
        if (product.M - row >= 4)
            row = Tiles<TFour, TEdge>(product, row, column, mask);
        if (product.M - row >= 2)
            row = Tiles<TTwo, TEdge>(product, row, column, mask);
        if (product.M - row >= 1)
            Tiles<TOne, TEdge>(product, row, column, mask);
    }

    /// <summary>As many tiles as fit below <paramref name="row"/>; returns the first row left over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Tiles<TTile, TEdge>(in Product<T> product, int row, int column, TVector mask)
        where TTile : struct, ITile<TTile, TVector, T>
        where TEdge : struct, IEdge<TVector, T>
    {
        var (aRow, aColumn, bRow, cRow) = (product.ARow, product.AColumn, product.BRow, product.CRow);
        for (; row + TTile.Rows <= product.M; row += TTile.Rows)
        {
            var a = product.A + (row * aRow);
            var b = product.B + column;
            var c = product.C + (row * cRow) + column;
            var tile = product.Accumulate ? TTile.Load<TEdge>(c, cRow, mask) : default;
            for (var k = product.K; k > 0; k--)
            {
                TVector b0, b1;
                if (TTile.Across == 2)
                {
                    b0 = TLanes.Load(b);
                    b1 = TEdge.Load(b + TLanes.Count, mask);
                }
                else
                {
                    b0 = b1 = TEdge.Load(b, mask);
                }

                tile = TTile.MulAdd(tile, a, aRow, b0, b1);
                a += aColumn;
                b += bRow;
            }

            TTile.Store<TEdge>(tile, c, cRow, mask);
        }

        return row;
    }
}
