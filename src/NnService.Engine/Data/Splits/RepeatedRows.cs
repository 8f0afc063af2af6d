using System.Numerics;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Splits;

/// <summary>Finds rows of a table that are the same in every column looked at, by 64 bits of each.</summary>
/// <param name="rows">Rows of the table.</param>
public sealed class RepeatedRows(int rows)
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private const ulong Factor0 = 0xBF58476D1CE4E5B9;
    private const ulong Factor1 = 0x94D049BB133111EB;

    private readonly ulong[] _hashes = new ulong[rows];

    /// <summary>Takes a column into account.</summary>
    public void Add(Column column)
    {
        foreach (Column cells in column.Pieces())
            Mix(_hashes.AsSpan(cells.FirstRow, cells.Rows), cells);
    }

    /// <summary>How many of some rows are the same as one of others.</summary>
    // Most rows are the same as none: a map of some bits of the hashes says so of nearly all of them without a look into a set that no cache holds.
    public int Count(ReadOnlySpan<int> some, ReadOnlySpan<int> others)
    {
        var map = new HashMap(some.Length);
        foreach (int row in some)
            map.Add(_hashes[row]);
        var candidates = new HashSet<ulong>();
        foreach (int row in others)
        {
            if (map.MayHave(_hashes[row]))
                candidates.Add(_hashes[row]);
        }

        map = new HashMap(candidates.Count);
        foreach (ulong hash in candidates)
            map.Add(hash);
        int repeated = 0;
        foreach (int row in some)
            repeated += map.MayHave(_hashes[row]) && candidates.Contains(_hashes[row]) ? 1 : 0;
        return repeated;
    }

    private static void Mix(Span<ulong> hashes, Column cells)
    {
        ReadOnlySpan<double> numbers = cells.Numbers;
        ReadOnlySpan<int> codes = cells.Codes;
        int row = 0;
        for (; row <= numbers.Length - Vector<double>.Count; row += Vector<double>.Count)
        {
            Span<ulong> some = hashes.Slice(row, Vector<double>.Count);
            Mix(new Vector<ulong>(some) ^ Vector.AsVectorUInt64(new Vector<double>(numbers[row..]) + Vector<double>.Zero)).CopyTo(some);
        }

        for (; row < numbers.Length; row++)
            hashes[row] = Mix(hashes[row] ^ BitConverter.DoubleToUInt64Bits(numbers[row] + 0.0)); // + 0: the two zeros are the same
        for (row = 0; row < codes.Length; row++)
            hashes[row] = Mix(hashes[row] ^ (uint)codes[row]);
    }

    private static Vector<ulong> Mix(Vector<ulong> bits)
    {
        bits += new Vector<ulong>(Step);
        bits = (bits ^ (bits >>> 30)) * new Vector<ulong>(Factor0);
        bits = (bits ^ (bits >>> 27)) * new Vector<ulong>(Factor1);
        return bits ^ (bits >>> 31);
    }

    // The finalizer of splitmix64 (Steele, Lea and Flood 2014), behind its step so that zeros do not stay zeros.
    private static ulong Mix(ulong bits)
    {
        bits += Step;
        bits = (bits ^ (bits >> 30)) * Factor0;
        bits = (bits ^ (bits >> 27)) * Factor1;
        return bits ^ (bits >> 31);
    }

    /// <summary>Two bits of one word for each of some hashes, in sixteen bits a hash (Bloom 1970): of others about one in fifty meets two that are set.</summary>
    private readonly struct HashMap(int hashes)
    {
        private readonly ulong[] _words = new ulong[BitOperations.RoundUpToPowerOf2((uint)(hashes / 4) + 1)];

        internal void Add(ulong hash) => _words[PlaceOf(hash)] |= BitsOf(hash);

        internal bool MayHave(ulong hash) => (_words[PlaceOf(hash)] & BitsOf(hash)) == BitsOf(hash);

        private static ulong BitsOf(ulong hash) => 1UL << (int)hash | 1UL << (int)(hash >> 6);

        private int PlaceOf(ulong hash) => (int)(hash >> 12) & (_words.Length - 1);
    }
}
