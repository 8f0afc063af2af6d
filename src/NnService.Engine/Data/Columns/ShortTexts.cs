using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NnService.Engine.Data.Columns;

/// <summary>The codes of short texts that came before, found by comparing two numbers: what a dictionary needs to hash a cell is most of what reading it costs.</summary>
/// <remarks>A table with one place for each text, in which a later one takes the place of an earlier one; so nothing is slow whatever a file holds.</remarks>
internal sealed class ShortTexts(ReadingMemory memory)
{
    private const int LongestText = 16;
    private const int MostPlaces = 4096;

    private Place[] _places = new Place[16];
    private int _kept;

    /// <summary>The code of a text that was kept; false where it is not known here.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(ReadOnlySpan<byte> utf8, out int code)
    {
        if ((uint)(utf8.Length - 1) >= LongestText)
        {
            code = 0;
            return false;
        }

        var (low, high) = KeyOf(utf8);
        ref readonly var place = ref PlaceOf(low, high, utf8.Length);
        code = place.Code;
        return place.Length == utf8.Length && place.Low == low && place.High == high;
    }

    /// <summary>Keeps the code of a text, where it is short.</summary>
    public void Keep(ReadOnlySpan<byte> utf8, int code)
    {
        if (utf8.IsEmpty || utf8.Length > LongestText)
            return;
        if (_kept++ == _places.Length / 4 && _places.Length < MostPlaces && memory.TryEnlarge(_places.Length * 4 * Unsafe.SizeOf<Place>()))
        {
            var before = _places;
            _places = new Place[before.Length * 4];
            foreach (var place in before)
                if (place.Length > 0)
                    PlaceOf(place.Low, place.High, place.Length) = place;
        }

        var (low, high) = KeyOf(utf8);
        PlaceOf(low, high, utf8.Length) = new Place(low, high, utf8.Length, code);
    }

    // All bytes, the middle ones maybe twice: with the length, no two texts have the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (ulong Low, ulong High) KeyOf(ReadOnlySpan<byte> utf8)
    {
        ref var first = ref MemoryMarshal.GetReference(utf8);
        var length = utf8.Length;
        if (length >= sizeof(ulong))
            return (Unsafe.ReadUnaligned<ulong>(ref first), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, length - sizeof(ulong))));
        if (length >= sizeof(uint))
            return (Unsafe.ReadUnaligned<uint>(ref first), Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, length - sizeof(uint))));
        return ((ulong)first | ((ulong)Unsafe.Add(ref first, length / 2) << 8) | ((ulong)Unsafe.Add(ref first, length - 1) << 16), 0);
    }

    // Fibonacci hashing. Source: Knuth, The Art of Computer Programming, volume 3, 6.4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Place PlaceOf(ulong low, ulong high, int length)
    {
        var mixed = (low ^ BitOperations.RotateLeft(high, 23) ^ (uint)length) * 0x9E3779B97F4A7C15;
        return ref _places[(int)(mixed >> 48) & (_places.Length - 1)];
    }

    /// <summary>A text and its code; without a length, nothing.</summary>
    private readonly record struct Place(ulong Low, ulong High, int Length, int Code);
}
