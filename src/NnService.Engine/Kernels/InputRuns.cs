using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>
/// The inputs of a dense layer in runs of neighbours that are mostly 0 and runs that are not, as some rows have them: categories stand side by side, and so do
/// numbers. Which is which decides how a product is computed, and never a bit of it.
/// </summary>
internal ref struct InputRuns<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Blocks of inputs at the most, for whoever gives the room.</summary>
    public const int MostBlocks = 256;

    private const int SampledRows = 4;
    private const int FewestInputs = 64; // of a run of zeros: a shorter one is no gain over its neighbours' product
    private const int LeastBlock = 32; // inputs
    private const int FewestUnits = 8; // into fewer, looking for zeros takes as long as multiplying them

    // What one number other than 0 costs, for itself and for each 64 bytes of units, where one input of the whole product costs 1 for each 64 bytes and row, and
    // to read the 64 bytes once for all rows (measured on Zen 5); more where the weights do not stay in the second-level cache from row to row.
    private const int CostOfNumber = 14;
    private const int CostOfLine = 4;
    private const int CostOfReading = 2;
    private const int CostOfFarLine = 12;
    private const int CostOfFarReading = 7;
    private const int NearBytes = 512 * 1024;

    private readonly Span<int> _counts; // numbers of each block in the sampled rows; −1: it is not mostly 0
    private readonly int _inputs;
    private readonly int _block;
    private readonly int _rows;
    private readonly int _sampled;
    private int _next;

    /// <param name="x">[rows, inputs]</param>
    /// <param name="inputs">Numbers of a row.</param>
    /// <param name="units">Units of the layer.</param>
    /// <param name="room">[<see cref="MostBlocks"/>]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public InputRuns(ReadOnlySpan<T> x, int inputs, int units, Span<int> room)
    {
        (_inputs, _rows) = (inputs, x.Length / Math.Max(1, inputs));
        if (inputs < FewestInputs || units < FewestUnits || x.IsEmpty || !HasManyZeros(x[..inputs]))
        {
            _block = inputs;
            (_counts = room[..1]).Fill(-1);
            return;
        }

        _block = LeastBlock * ((inputs + (LeastBlock * MostBlocks) - 1) / (LeastBlock * MostBlocks));
        _counts = room[..((inputs + _block - 1) / _block)];
        _counts.Clear();
        _sampled = Math.Min(_rows, SampledRows);
        for (var i = 0; i < _sampled; i++)
            Count(x.Slice((int)((long)i * _rows / _sampled) * inputs, inputs));
        Decide(units);
    }

    /// <summary>First input of the run.</summary>
    public int Start { get; private set; }

    /// <summary>Its inputs.</summary>
    public int Length { get; private set; }

    /// <summary>About how many of its inputs in all rows are not 0; null: too many.</summary>
    public long? Numbers { get; private set; }

    /// <summary>Goes on to the next run; false behind the last one.</summary>
    public bool MoveNext()
    {
        if (_next == _counts.Length)
            return false;
        var (first, isSparse, count) = (_next, _counts[_next] >= 0, 0L);
        for (; _next < _counts.Length && _counts[_next] >= 0 == isSparse; _next++)
            count += _counts[_next];
        Start = first * _block;
        Length = Math.Min(_inputs, _next * _block) - Start;
        Numbers = isSparse ? count * _rows / _sampled : null;
        return true;
    }

    // A register of every 64 inputs of a row tells a row of numbers at once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HasManyZeros(ReadOnlySpan<T> row)
    {
        ref var first = ref MemoryMarshal.GetReference(row);
        for (var i = FewestInputs - Vector512<T>.Count; i <= row.Length - Vector512<T>.Count; i += FewestInputs)
            if (BitOperations.PopCount(SparseProduct.AreNumbers(Block<T>.Load(in first, i))) <= Vector512<T>.Count / 2)
                return true;
        return false;
    }

    private readonly void Count(ReadOnlySpan<T> row)
    {
        ref var first = ref MemoryMarshal.GetReference(row);
        for (var block = 0; block < _counts.Length; block++)
        {
            var (i, end, count) = (block * _block, Math.Min(row.Length, (block + 1) * _block), 0);
            for (; i <= end - Vector512<T>.Count; i += Vector512<T>.Count)
                count += BitOperations.PopCount(SparseProduct.AreNumbers(Block<T>.Load(in first, i)));
            for (; i < end; i++)
                count += row[i] == T.Zero ? 0 : 1;
            _counts[block] += count;
        }
    }

    // Blocks one by one; then a run of them as a whole, by its length and by how far its weights are.
    private readonly void Decide(int units)
    {
        var lines = ((units * Unsafe.SizeOf<T>()) + 63) / 64;
        var most = MostOf(_block, lines, CostOfLine, CostOfReading);
        for (var block = 0; block < _counts.Length; block++)
            if (_counts[block] > most)
                _counts[block] = -1;
        for (var first = 0; first < _counts.Length; first++)
        {
            var (end, count) = (first, 0L);
            for (; end < _counts.Length && _counts[end] >= 0; end++)
                count += _counts[end];
            var length = Math.Min(_inputs, end * _block) - (first * _block);
            var isFar = (long)length * units * Unsafe.SizeOf<T>() > NearBytes;
            if (end > first && (length < FewestInputs || (isFar && count > MostOf(length, lines, CostOfFarLine, CostOfFarReading))))
                _counts[first..end].Fill(-1);
            first = end;
        }
    }

    private readonly long MostOf(int inputs, int lines, int costOfLine, int costOfReading) =>
        (long)_sampled * inputs * lines * (_rows + costOfReading) / (_rows * (CostOfNumber + ((long)costOfLine * lines)));
}
