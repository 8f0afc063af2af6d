using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NnService.Engine.Data.Columns;

/// <summary>Counts distinct values exactly in bounded memory: where there are too many at once, it looks again at one part of them after the other.</summary>
// Values are gathered, and whenever there is no more room, the repeated ones are dropped: bucket by bucket, so that the set of what was seen stays in the
// cache.
// Texts count by a hash of 64 bits: two of a hundred million different ones share it with a probability of 3 in 10,000.
internal sealed class DistinctCounter : IDisposable
{
    private const int Capacity = 1 << 21; // 16 MiB, and as much to sort into
    private const int BucketBits = 8;
    private const int FewestForBuckets = 1 << 14;

    // Values are mixed with a number nobody can know, so that a file cannot be made of values that share a bucket; the count does not depend on it.
    private static readonly ulong s_secret = (ulong)System.Random.Shared.NextInt64();

    private readonly uint _part;
    private readonly uint _parts;
    private readonly ulong[] _values;
    private readonly ulong[] _sorted;
    private readonly MixedSet _seen = new();
    private readonly int[] _ends = new int[(1 << BucketBits) + 1];
    private int _used;
    private bool _isTooMany;

    private DistinctCounter(int capacity, uint part, uint parts)
    {
        (_part, _parts) = (part, parts);
        _values = ArrayPool<ulong>.Shared.Rent(capacity);
        _sorted = ArrayPool<ulong>.Shared.Rent(capacity);
    }

    public void Dispose()
    {
        ArrayPool<ulong>.Shared.Return(_values);
        ArrayPool<ulong>.Shared.Return(_sorted);
        _seen.Dispose();
    }

    /// <summary>Different numbers, NaN not counted.</summary>
    internal static int OfNumbers(int present, Action<Action<ReadOnlySpan<double>>> scan) => Of(present, counter => scan(counter.AddNumbers));

    /// <summary>Different texts, missing ones not counted.</summary>
    internal static int OfTexts(StoredCells cells) =>
        Of(cells.Blocks.Rows, counter => cells.Blocks.Scan(0, cells.Blocks.Rows, cells.Dictionary, (text, isMissing) =>
    {
        if (!isMissing)
            counter.Add(Hash(text));
    }));

    private static int Of(int present, Action<DistinctCounter> look)
    {
        for (uint parts = 1; ; parts = parts == 1 ? (uint)(present / (Capacity / 2) + 1) : 2 * parts)
        {
            int total = 0;
            bool isTooMany = false;
            for (uint part = 0; part < parts && !isTooMany; part++)
            {
                using var counter = new DistinctCounter(Math.Min(Capacity, present + 1), part, parts);
                look(counter);
                counter.DropRepeated();
                total += counter._used;
                isTooMany = counter._isTooMany;
            }

            if (!isTooMany)
                return total;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddNumbers(ReadOnlySpan<double> numbers)
    {
        ulong secret = s_secret;
        foreach (double number in numbers)
        {
            if (!double.IsNaN(number))
                Add(Mix(BitConverter.DoubleToUInt64Bits(number) ^ secret));
        }
    }

    // Mixing is one to one: as many different mixed values as values.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(ulong mixed)
    {
        if (_parts > 1 && (uint)(((mixed >> 32) * _parts) >> 32) != _part)
            return;
        if (_used == _values.Length && !MakeRoom())
            return;
        _values[_used++] = mixed;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MakeRoom()
    {
        if (!_isTooMany)
            DropRepeated();
        _isTooMany |= _used > _values.Length / 4 * 3;
        return !_isTooMany;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DropRepeated()
    {
        if (_isTooMany)
            return;
        int count = _used;
        _used = 0;
        if (count < FewestForBuckets)
        {
            Keep(_values.AsSpan(0, count));
            return;
        }

        Array.Clear(_ends);
        foreach (ulong value in _values.AsSpan(0, count))
            _ends[(int)(value & ((1 << BucketBits) - 1)) + 1]++;
        for (int bucket = 1; bucket < _ends.Length; bucket++)
            _ends[bucket] += _ends[bucket - 1];
        foreach (ulong value in _values.AsSpan(0, count))
            _sorted[_ends[(int)(value & ((1 << BucketBits) - 1))]++] = value; // what was a bucket's start becomes its end
        int start = 0;
        for (int bucket = 0; bucket < _ends.Length - 1; bucket++)
        {
            Keep(_sorted.AsSpan(start, _ends[bucket] - start));
            start = _ends[bucket];
        }
    }

    /// <summary>Keeps the first of each of some values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Keep(ReadOnlySpan<ulong> values)
    {
        _seen.Clear(values.Length);
        foreach (ulong value in values)
        {
            if (_seen.Add(value))
                _values[_used++] = value;
        }
    }

    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = (ulong)text.Length ^ s_secret;
        foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(text))
            hash = Mix(hash ^ eight);
        foreach (byte one in text[(text.Length & ~7)..])
            hash = Mix(hash ^ one);
        return Mix(hash);
    }

    // The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong value)
    {
        value = unchecked((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9);
        value = unchecked((value ^ (value >> 27)) * 0x94D049BB133111EB);
        return value ^ (value >> 31);
    }
}
