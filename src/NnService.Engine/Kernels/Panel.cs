using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Kernels;

/// <summary>Copies a part of B into panels, so that the product reads it in one run. Moves numbers only; there is nothing to round.</summary>
internal static unsafe class Panel
{
    private const int CacheLine = 64;

    /// <summary>Rows asked for in advance. A row of a wide B is a page of its own, where the processor does not look ahead by itself.</summary>
    private const int RowsAhead = 8;

    // b [depth, columns], any strides   →   panels: each [depth, width], one behind the other
    /// <summary>What lies behind the last column of the last panel is left as it was; the product masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack<T>(T* b, nint bRow, nint bColumn, int depth, int columns, int width, T* panels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (bColumn == 1)
            PackRows(b, bRow, depth, columns, width, panels);
        else
            PackColumns(b, bRow, bColumn, depth, columns, width, panels);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows<T>(T* b, nint bRow, int depth, int columns, int width, T* panels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var k = 0; k < depth; k++)
        {
            var from = b + (k * bRow);
            var to = panels + (k * width);
            if (Sse.IsSupported && k + RowsAhead < depth)
            {
                for (var line = 0; line < columns; line += CacheLine / sizeof(T))
                    Sse.Prefetch0(from + (RowsAhead * bRow) + line);
            }

            var j = 0;
            if (width % Vector256<T>.Count == 0)
            {
                // By registers: a call of the general copy costs as much as the 128 bytes it would move.
                for (; j <= columns - width; j += width, to += depth * width)
                {
                    for (var i = 0; i < width; i += Vector256<T>.Count)
                        Vector256.Load(from + j + i).Store(to + i);
                }
            }

            for (; j < columns; j += width, to += depth * width)
            {
                var run = Math.Min(width, columns - j);
                new ReadOnlySpan<T>(from + j, run).CopyTo(new Span<T>(to, run));
            }
        }
    }

    /// <summary>A transposed B: its columns are what lies together in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackColumns<T>(T* b, nint bRow, nint bColumn, int depth, int columns, int width, T* panels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var square = bRow == 1 && width >= Square<T>() ? Square<T>() : 1;
        for (var j = 0; j < columns;)
        {
            var from = b + (j * bColumn);
            var to = panels + (j / width * width * depth) + (j % width);
            var k = 0;
            if (square > 1 && columns - j >= square)
            {
                for (; k <= depth - square; k += square)
                {
                    // A line holds several squares; asking for it anew costs less than counting.
                    var ahead = from + k + (square * bColumn);
                    Sse.Prefetch0(ahead);
                    Sse.Prefetch0(ahead + bColumn);
                    Sse.Prefetch0(ahead + (2 * bColumn));
                    Sse.Prefetch0(ahead + (3 * bColumn));
                    Transpose(from + k, bColumn, to + (k * width), width);
                }

                for (; k < depth; k++)
                {
                    for (var i = 0; i < square; i++)
                        to[(k * width) + i] = from[k + (i * bColumn)];
                }

                j += square;
            }
            else
            {
                for (; k < depth; k++)
                    to[k * width] = from[k * bRow];
                j++;
            }
        }
    }

    /// <summary>Side of the squares that are turned over in registers; 1 where the processor cannot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Square<T>() => !Avx.IsSupported ? 1 : 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose<T>(T* from, nint fromRow, T* to, nint toRow)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            Transpose((float*)from, fromRow, (float*)to, toRow);
        else
            Transpose((double*)from, fromRow, (double*)to, toRow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(float* from, nint fromRow, float* to, nint toRow)
    {
        var r0 = Vector128.Load(from);
        var r1 = Vector128.Load(from + fromRow);
        var r2 = Vector128.Load(from + (2 * fromRow));
        var r3 = Vector128.Load(from + (3 * fromRow));
        var low01 = Sse.UnpackLow(r0, r1); // 00 10 01 11
        var low23 = Sse.UnpackLow(r2, r3);
        var high01 = Sse.UnpackHigh(r0, r1); // 02 12 03 13
        var high23 = Sse.UnpackHigh(r2, r3);
        Sse.MoveLowToHigh(low01, low23).Store(to);
        Sse.MoveHighToLow(low23, low01).Store(to + toRow);
        Sse.MoveLowToHigh(high01, high23).Store(to + (2 * toRow));
        Sse.MoveHighToLow(high23, high01).Store(to + (3 * toRow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(double* from, nint fromRow, double* to, nint toRow)
    {
        var r0 = Vector256.Load(from);
        var r1 = Vector256.Load(from + fromRow);
        var r2 = Vector256.Load(from + (2 * fromRow));
        var r3 = Vector256.Load(from + (3 * fromRow));
        var even01 = Avx.UnpackLow(r0, r1); // 00 10 | 02 12
        var even23 = Avx.UnpackLow(r2, r3);
        var odd01 = Avx.UnpackHigh(r0, r1); // 01 11 | 03 13
        var odd23 = Avx.UnpackHigh(r2, r3);
        Avx.Permute2x128(even01, even23, 0x20).Store(to);
        Avx.Permute2x128(odd01, odd23, 0x20).Store(to + toRow);
        Avx.Permute2x128(even01, even23, 0x31).Store(to + (2 * toRow));
        Avx.Permute2x128(odd01, odd23, 0x31).Store(to + (3 * toRow));
    }
}
