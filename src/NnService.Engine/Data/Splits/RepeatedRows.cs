using System.Runtime.InteropServices;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Splits;

/// <summary>Finds rows of a table that are the same in every column looked at, by 64 bits of each.</summary>
/// <param name="rows">Rows of the table.</param>
public sealed class RepeatedRows(int rows)
{
    private readonly ulong[] _hashes = new ulong[rows];

    /// <summary>Takes a column into account.</summary>
    public void Add(Column column)
    {
        foreach (Column cells in column.Pieces())
            Mix(_hashes.AsSpan(cells.FirstRow, cells.Rows), cells);
    }

    /// <summary>How many of some rows, the fewer ones as a rule, are the same as one of others.</summary>
    public int Count(ReadOnlySpan<int> some, ReadOnlySpan<int> others)
    {
        var counts = new Dictionary<ulong, int>(some.Length);
        foreach (int row in some)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, _hashes[row], out _)++;
        int repeated = 0;
        foreach (int row in others)
            repeated += counts.Remove(_hashes[row], out int count) ? count : 0;
        return repeated;
    }

    private static void Mix(Span<ulong> hashes, Column cells)
    {
        ReadOnlySpan<double> numbers = cells.Numbers;
        ReadOnlySpan<int> codes = cells.Codes;
        for (int row = 0; row < numbers.Length; row++)
            hashes[row] = Mix(hashes[row] ^ BitConverter.DoubleToUInt64Bits(numbers[row] + 0.0)); // + 0: the two zeros are the same
        for (int row = 0; row < codes.Length; row++)
            hashes[row] = Mix(hashes[row] ^ (uint)codes[row]);
    }

    // The finalizer of splitmix64 (Steele, Lea and Flood 2014), behind its step so that zeros do not stay zeros.
    private static ulong Mix(ulong bits)
    {
        bits += 0x9E3779B97F4A7C15;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
