using System.Runtime.InteropServices;

namespace NnService.Engine.Data;

/// <summary>Counts distinct values exactly in bounded memory: where there are too many for one table, it looks again at one part of them after the other.</summary>
// Texts count by a hash of 64 bits: two of a hundred million different ones share it with a probability of 3 in 10,000.
internal sealed class DistinctCounter
{
    private const int MaxSlots = 1 << 22; // 32 MiB
    private const int Most = MaxSlots / 2;

    private readonly uint _part;
    private readonly uint _parts;
    private ulong[] _slots = new ulong[256]; // 0: free
    private int _count;
    private bool _hasZero;

    private DistinctCounter(uint part, uint parts) => (_part, _parts) = (part, parts);

    /// <summary>Different numbers, NaN not counted.</summary>
    internal static int OfNumbers(int present, Action<Action<ReadOnlySpan<double>>> scan) => Of(present, counter => scan(numbers =>
    {
        foreach (double number in numbers)
        {
            if (!double.IsNaN(number))
                counter.Add(BitConverter.DoubleToUInt64Bits(number));
        }
    }));

    /// <summary>Different texts, missing ones not counted.</summary>
    internal static int OfTexts(StoredCells cells) => Of(cells.Blocks.Rows, counter => cells.Blocks.Scan(0, cells.Blocks.Rows, cells.Dictionary, (text, isMissing) =>
    {
        if (!isMissing)
            counter.Add(Hash(text));
    }));

    private static int Of(int present, Action<DistinctCounter> look)
    {
        var all = new DistinctCounter(0, 1);
        look(all);
        if (all._count < Most)
            return all.Total;
        all._slots = [];
        uint parts = (uint)(present / (Most / 2) + 1);
        int total = 0;
        for (uint part = 0; part < parts; part++)
        {
            var counter = new DistinctCounter(part, parts);
            look(counter);
            total += counter.Total;
        }

        return total;
    }

    private int Total => _count + (_hasZero ? 1 : 0);

    private void Add(ulong value)
    {
        ulong mixed = Mix(value);
        if (_parts > 1 && Part(mixed) != _part)
            return;
        if (value == 0)
        {
            _hasZero = true;
            return;
        }

        int mask = _slots.Length - 1;
        int slot = (int)mixed & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (_slots[slot] == value)
                return;
        }

        if (_count == Most)
            return; // this many are too many: counted again in parts
        _slots[slot] = value;
        if (++_count > _slots.Length / 2 && _slots.Length < MaxSlots)
            Grow();
    }

    private uint Part(ulong mixed) => (uint)(((mixed >> 32) * _parts) >> 32);

    private void Grow()
    {
        ulong[] old = _slots;
        _slots = new ulong[4 * old.Length];
        int mask = _slots.Length - 1;
        foreach (ulong value in old)
        {
            if (value == 0)
                continue;
            int slot = (int)Mix(value) & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = value;
        }
    }

    private static ulong Hash(ReadOnlySpan<byte> text)
    {
        ulong hash = (ulong)text.Length;
        foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(text))
            hash = Mix(hash ^ eight);
        foreach (byte one in text[(text.Length & ~7)..])
            hash = Mix(hash ^ one);
        return Mix(hash);
    }

    // The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
    private static ulong Mix(ulong value)
    {
        value = unchecked((value + 0x9E3779B97F4A7C15) ^ ((value + 0x9E3779B97F4A7C15) >> 30));
        value = unchecked(value * 0xBF58476D1CE4E5B9);
        value ^= value >> 27;
        value = unchecked(value * 0x94D049BB133111EB);
        return value ^ (value >> 31);
    }
}
