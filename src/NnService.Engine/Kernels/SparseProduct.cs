using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Kernels;

/// <summary>
/// The two products of a dense layer with inputs X of which most are 0, as those of categories are: X · W and Xᵀ · dZ without the terms of zeros.
/// </summary>
/// <remarks>
/// Every element is the chain of <see cref="MatrixProduct"/> with terms left out that add 0, and so has the same bits, but for the sign of a zero that is the
/// rounding of a product. A zero times an infinite weight is left out as well: such weights show in the rows that have the input.
/// </remarks>
internal static unsafe class SparseProduct
{
    /// <summary>Below this many multiply-adds, waking a second thread costs more than it gives.</summary>
    private const int WorthSharing = 100_000;

    /// <summary>Inputs whose numbers are looked for at once.</summary>
    private const int Span = 1024;

    // x [rows, inputs]   w [inputs, units]   →   z [rows, units]
    /// <summary>z = x · w, or z += x · w if <paramref name="accumulate"/>.</summary>
    /// <param name="x">[rows, inputs], rows of any stride with their numbers side by side.</param>
    /// <param name="w">[inputs, units]</param>
    /// <param name="z">[rows, units]</param>
    /// <param name="accumulate">Whether the chains go on from <paramref name="z"/>.</param>
    /// <param name="numbers">About how many numbers of x are not 0, for the division among threads.</param>
    /// <param name="team">Shares large products; null computes on the calling thread alone. No effect on the result.</param>
    public static void Multiply<T>(in ReadOnlyView<T> x, ReadOnlySpan<T> w, Span<T> z, bool accumulate, long numbers, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* xs = &x.Origin, ws = w, zs = z)
        {
            var work = new Forward<T>
            {
                X = xs,
                W = ws,
                Z = zs,
                Stride = x.RowStride,
                Inputs = x.Columns,
                Units = w.Length / x.Columns,
                Rows = x.Rows,
                Accumulate = accumulate,
            };
            work.Share(team, numbers);
        }
    }

    // x [rows, inputs]   dz [rows, units]   →   dw [inputs, units]
    /// <summary>dw = xᵀ · dz, or dw += xᵀ · dz if <paramref name="accumulate"/>.</summary>
    /// <param name="x">[rows, inputs], rows of any stride with their numbers side by side.</param>
    /// <param name="dz">[rows, units]</param>
    /// <param name="dw">[inputs, units]</param>
    /// <param name="accumulate">Whether the chains go on from <paramref name="dw"/>.</param>
    /// <param name="numbers">About how many numbers of x are not 0, for the division among threads.</param>
    /// <param name="team">Shares large products; null computes on the calling thread alone. No effect on the result.</param>
    public static void MultiplyTransposed<T>(in ReadOnlyView<T> x, ReadOnlySpan<T> dz, Span<T> dw, bool accumulate, long numbers, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!accumulate)
            dw.Clear();
        fixed (T* xs = &x.Origin, zs = dz, ws = dw)
        {
            var work = new Backward<T> { X = xs, DZ = zs, DW = ws, Stride = x.RowStride, Inputs = x.Columns, Units = dw.Length / x.Columns, Rows = x.Rows };
            work.Share(team, numbers);
        }
    }

    /// <summary>Writes the places of the numbers other than 0, rising, and returns how many there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Find<T>(T* row, int length, int* places)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (count, i) = (0, 0);
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
            for (var bits = AreNumbers(Vector512.Load(row + i)); bits != 0; bits &= bits - 1)
                places[count++] = i + BitOperations.TrailingZeroCount(bits);
        for (; i < length; i++)
            if (row[i] != T.Zero)
                places[count++] = i;
        return count;
    }

    /// <summary>A bit for each element that is not 0, as NaN is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong AreNumbers<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => (~Vector512.Equals(x, Vector512<T>.Zero)).ExtractMostSignificantBits();

    /// <summary>Rows of z = x · w.</summary>
    private struct Forward<T> : ITeamWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int RowsOfChunk = 32;

        public T* X;
        public T* W;
        public T* Z;
        public int Stride;
        public int Inputs;
        public int Units;
        public int Rows;
        public bool Accumulate;

        public void Share(Team? team, long numbers)
        {
            if (team is not null && numbers * Units >= WorthSharing && Rows / RowsOfChunk < ushort.MaxValue)
                team.Run(ref this, (Rows + RowsOfChunk - 1) / RowsOfChunk);
            else
                Run(0, Rows);
        }

        public readonly void Run(int chunk) => Run(chunk * RowsOfChunk, Math.Min(Rows, (chunk + 1) * RowsOfChunk));

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Run(int from, int to)
        {
            var places = stackalloc int[Span];
            for (nint row = from; row < to; row++)
                for (var first = 0; first < Inputs; first += Span)
                    Add(
                        X + (row * Stride) + first, W + ((nint)first * Units), Z + (row * Units), places, Math.Min(Span, Inputs - first),
                        Accumulate || first > 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Add(T* x, T* w, T* z, int* places, int inputs, bool accumulate)
        {
            var (count, unit) = (Find(x, inputs, places), 0);
            if (Avx512F.IsSupported)
            {
                for (; unit <= Units - (4 * Vector512<T>.Count); unit += 4 * Vector512<T>.Count)
                    Four<Lanes512<T>, Vector512<T>>(x, w + unit, z + unit, places, count, accumulate);
                for (; unit <= Units - Vector512<T>.Count; unit += Vector512<T>.Count)
                    One<Lanes512<T>, Vector512<T>>(x, w + unit, z + unit, places, count, accumulate);
            }

            if (Avx2.IsSupported && Fma.IsSupported)
            {
                for (; unit <= Units - (4 * Vector256<T>.Count); unit += 4 * Vector256<T>.Count)
                    Four<Lanes256<T>, Vector256<T>>(x, w + unit, z + unit, places, count, accumulate);
                for (; unit <= Units - Vector256<T>.Count; unit += Vector256<T>.Count)
                    One<Lanes256<T>, Vector256<T>>(x, w + unit, z + unit, places, count, accumulate);
                for (; unit <= Units - Vector128<T>.Count; unit += Vector128<T>.Count)
                    One<Lanes128<T>, Vector128<T>>(x, w + unit, z + unit, places, count, accumulate);
            }

            for (; unit < Units; unit++)
                One<SingleLane<T>, T>(x, w + unit, z + unit, places, count, accumulate);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Four<TLanes, TVector>(T* x, T* w, T* z, int* places, int count, bool accumulate)
            where TLanes : struct, ILanes<TVector, T>
            where TVector : struct
        {
            TVector z0 = default, z1 = default, z2 = default, z3 = default;
            if (accumulate)
            {
                z0 = TLanes.Load(z);
                z1 = TLanes.Load(z + TLanes.Count);
                z2 = TLanes.Load(z + (2 * TLanes.Count));
                z3 = TLanes.Load(z + (3 * TLanes.Count));
            }

            for (var i = 0; i < count; i++)
            {
                var number = TLanes.Broadcast(x + places[i]);
                var weights = w + ((nint)places[i] * Units);
                z0 = TLanes.MulAdd(number, TLanes.Load(weights), z0);
                z1 = TLanes.MulAdd(number, TLanes.Load(weights + TLanes.Count), z1);
                z2 = TLanes.MulAdd(number, TLanes.Load(weights + (2 * TLanes.Count)), z2);
                z3 = TLanes.MulAdd(number, TLanes.Load(weights + (3 * TLanes.Count)), z3);
            }

            TLanes.Store(z, z0);
            TLanes.Store(z + TLanes.Count, z1);
            TLanes.Store(z + (2 * TLanes.Count), z2);
            TLanes.Store(z + (3 * TLanes.Count), z3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void One<TLanes, TVector>(T* x, T* w, T* z, int* places, int count, bool accumulate)
            where TLanes : struct, ILanes<TVector, T>
            where TVector : struct
        {
            var sum = accumulate ? TLanes.Load(z) : default;
            for (var i = 0; i < count; i++)
                sum = TLanes.MulAdd(TLanes.Broadcast(x + places[i]), TLanes.Load(w + ((nint)places[i] * Units)), sum);
            TLanes.Store(z, sum);
        }
    }

    /// <summary>Columns of dw += xᵀ · dz.</summary>
    private struct Backward<T> : ITeamWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public T* X;
        public T* DZ;
        public T* DW;
        public int Stride;
        public int Inputs;
        public int Units;
        public int Rows;
        private int _unitsOfChunk;

        // Rows follow one another in every chain: threads divide the units, in whole cache lines.
        public void Share(Team? team, long numbers)
        {
            var line = 64 / sizeof(T);
            _unitsOfChunk = Units;
            if (team is not null && numbers * Units >= WorthSharing)
                _unitsOfChunk = ((Units + (team.Threads * line) - 1) / (team.Threads * line)) * line;
            if (_unitsOfChunk < Units)
                team!.Run(ref this, (Units + _unitsOfChunk - 1) / _unitsOfChunk);
            else
                Run(0);
        }

        [SkipLocalsInit]
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk)
        {
            var places = stackalloc int[Span];
            var (from, to) = (chunk * _unitsOfChunk, Math.Min(Units, (chunk + 1) * _unitsOfChunk));
            for (nint row = 0; row < Rows; row++)
                for (var first = 0; first < Inputs; first += Span)
                    Add(
                        X + (row * Stride) + first, DZ + (row * Units) + from, DW + ((nint)first * Units) + from, places,
                        Math.Min(Span, Inputs - first), to - from);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Add(T* x, T* dz, T* dw, int* places, int inputs, int units)
        {
            var (count, unit) = (Find(x, inputs, places), 0);
            if (Avx512F.IsSupported)
            {
                for (; unit <= units - (4 * Vector512<T>.Count); unit += 4 * Vector512<T>.Count)
                    Four<Lanes512<T>, Vector512<T>>(x, dz + unit, dw + unit, places, count);
                for (; unit <= units - Vector512<T>.Count; unit += Vector512<T>.Count)
                    One<Lanes512<T>, Vector512<T>>(x, dz + unit, dw + unit, places, count);
            }

            if (Avx2.IsSupported && Fma.IsSupported)
            {
                for (; unit <= units - (4 * Vector256<T>.Count); unit += 4 * Vector256<T>.Count)
                    Four<Lanes256<T>, Vector256<T>>(x, dz + unit, dw + unit, places, count);
                for (; unit <= units - Vector256<T>.Count; unit += Vector256<T>.Count)
                    One<Lanes256<T>, Vector256<T>>(x, dz + unit, dw + unit, places, count);
                for (; unit <= units - Vector128<T>.Count; unit += Vector128<T>.Count)
                    One<Lanes128<T>, Vector128<T>>(x, dz + unit, dw + unit, places, count);
            }

            for (; unit < units; unit++)
                One<SingleLane<T>, T>(x, dz + unit, dw + unit, places, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Four<TLanes, TVector>(T* x, T* dz, T* dw, int* places, int count)
            where TLanes : struct, ILanes<TVector, T>
            where TVector : struct
        {
            var dz0 = TLanes.Load(dz);
            var dz1 = TLanes.Load(dz + TLanes.Count);
            var dz2 = TLanes.Load(dz + (2 * TLanes.Count));
            var dz3 = TLanes.Load(dz + (3 * TLanes.Count));
            for (var i = 0; i < count; i++)
            {
                var number = TLanes.Broadcast(x + places[i]);
                var sums = dw + ((nint)places[i] * Units);
                TLanes.Store(sums, TLanes.MulAdd(number, dz0, TLanes.Load(sums)));
                TLanes.Store(sums + TLanes.Count, TLanes.MulAdd(number, dz1, TLanes.Load(sums + TLanes.Count)));
                TLanes.Store(sums + (2 * TLanes.Count), TLanes.MulAdd(number, dz2, TLanes.Load(sums + (2 * TLanes.Count))));
                TLanes.Store(sums + (3 * TLanes.Count), TLanes.MulAdd(number, dz3, TLanes.Load(sums + (3 * TLanes.Count))));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void One<TLanes, TVector>(T* x, T* dz, T* dw, int* places, int count)
            where TLanes : struct, ILanes<TVector, T>
            where TVector : struct
        {
            var term = TLanes.Load(dz);
            for (var i = 0; i < count; i++)
            {
                var sums = dw + ((nint)places[i] * Units);
                TLanes.Store(sums, TLanes.MulAdd(TLanes.Broadcast(x + places[i]), term, TLanes.Load(sums)));
            }
        }
    }
}
