using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Data;

/// <summary>
/// Reads plain decimals, [-]digits[.digits] of up to 32 bytes, without a branch for each digit; the rest is for <see cref="CellText"/>,
/// and so are leading zeros and numbers beyond 2^53: how those are written matters there.
/// </summary>
// A shuffle drops the point and moves the digits to the right end of sixteen lanes; three multiply-adds then make one number of them.
internal static unsafe class DecimalParser
{
    /// <summary>Bytes that must be readable from the start of a cell, whatever its size.</summary>
    internal const int ReadableBytes = 40;

    private const int Lanes = 16;
    private const int MaxDigits = 19; // what a mantissa of 64 bits holds in any case
    private const int KeyBits = 5;
    private const ulong MaxWhole = 1UL << 53;

    private static readonly byte* s_shuffles = Shuffles();

    private static readonly double* s_powersOfTen = PowersOfTen();

    private static readonly double* s_scales = Scales(digitsAtEnds: false);

    private static readonly double* s_jsonScales = Scales(digitsAtEnds: true);

    /// <summary>Whether this processor has the instructions; without them every number takes the way through <see cref="CellText"/>.</summary>
    internal static bool IsSupported => Sse41.IsSupported;

    /// <summary>The nearest double; NaN where the text is not such a decimal, which does not mean that it is no number.</summary>
    /// <param name="text">The cell; <see cref="ReadableBytes"/> are readable.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="decimalMark">What stands before the fraction, in every lane.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Parse(byte* text, int size, Vector128<byte> decimalMark) => Parse(text, size, decimalMark, digitsAtEnds: false);

    /// <summary>The same with a decimal point, and a digit on both sides of it, as the grammar of JSON wants it (RFC 8259, section 6).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double ParseJson(byte* text, int size) => Parse(text, size, Vector128.Create((byte)'.'), digitsAtEnds: true);

    // One path for every cell of up to fifteen bytes, without out parameters: those would send each value through memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Parse(byte* text, int size, Vector128<byte> decimalMark, [ConstantExpected] bool digitsAtEnds)
    {
        int negative = (int)((uint)((*text ^ '-') - 1) >> 31); // 1 for a minus: no branch, which a column of mixed signs would mispredict every other time
        text += negative;
        size -= negative;
        if ((uint)(size - 1) >= Lanes - 1)
            return digitsAtEnds && !(char.IsAsciiDigit((char)*text) && char.IsAsciiDigit((char)text[size - 1]))
                ? double.NaN : ParseLong(text, size, negative, decimalMark);

        Vector128<byte> characters = Vector128.Load(text);
        uint points = PointsAmong(characters, decimalMark);
        int point = BitOperations.TrailingZeroCount(points | (1u << size)); // behind the last byte where there is none
        nint key = (size << KeyBits) + point;
        Vector128<byte> digits = Aligned(characters - Vector128.Create((byte)'0'), key);
        // What is no digit is above 9 here, a second point as well.
        if (!Vector128.EqualsAll(Vector128.Min(digits, Vector128.Create((byte)9)), digits) | IsLeadingZero(text, point))
            return double.NaN;
        // A mantissa of fifteen digits and 10^fraction are exact, so that one division rounds once (Clinger 1990). + 0.0 turns -0 into 0.
        double value = (long)ToNumber(digits) / (digitsAtEnds ? s_jsonScales : s_scales)[key];
        return BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(value) | ((long)negative << 63)) + 0.0;
    }

    /// <summary>The same with a decimal point; false in place of NaN.</summary>
    internal static bool TryParse(byte* text, int size, out double value)
    {
        value = Parse(text, size, Vector128.Create((byte)'.'));
        return !double.IsNaN(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint DigitsAmong(Vector128<byte> values)
        => Vector128.Equals(Vector128.Min(values, Vector128.Create((byte)9)), values).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint PointsAmong(Vector128<byte> characters, Vector128<byte> decimalMark)
        => Vector128.Equals(characters, decimalMark).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint LeadingZero(byte* text, uint digits) => ((uint)(*text ^ '0') - 1) >> 31 & (digits >> 1); // 1 for 0 and another digit behind it

    // 0, and not the point behind it: no branch, which a column of small and large numbers would mispredict.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsLeadingZero(byte* text, int point) => *text == '0' & point > 1;

    // At least one digit, at most one point, no leading zero, nothing else; as one number, for a branch that always goes the same way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreDecimal(uint digits, uint points, uint all, uint leadingZero)
        => (((digits | points) ^ all) | (points & (points - 1)) | ((digits - 1) >> 31) | leadingZero) == 0;

    // Size and place of the point; a point behind the last byte where there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint KeyOf(int size, uint points) => (size << KeyBits) + BitOperations.TrailingZeroCount(points | (1u << size));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ToNumber(Vector128<byte> values, nint key) => ToNumber(Aligned(values, key));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Aligned(Vector128<byte> values, nint key) => Ssse3.Shuffle(values, Vector128.Load(s_shuffles + (key * Lanes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ToNumber(Vector128<byte> digits)
    {
        Vector128<short> pairs = Ssse3.MultiplyAddAdjacent(digits, Vector128.Create((short)(10 | (1 << 8))).AsSByte());
        Vector128<int> fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(100 | (1 << 16)).AsInt16());
        Vector128<ushort> packed = Sse41.PackUnsignedSaturate(fours, fours);
        ulong eights = Sse2.MultiplyAddAdjacent(packed.AsInt16(), Vector128.Create(10_000 | (1 << 16)).AsInt16()).AsUInt64().ToScalar();
        return (uint)eights * 100_000_000UL + (eights >> 32);
    }

    /// <summary>Sixteen to thirty-two bytes, in two halves.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double ParseLong(byte* text, int size, int negative, Vector128<byte> decimalMark)
    {
        int rest = size - Lanes;
        if ((uint)rest > Lanes)
            return double.NaN;
        const uint All = (1u << Lanes) - 1;
        Vector128<byte> characters = Vector128.Load(text);
        Vector128<byte> values = characters - Vector128.Create((byte)'0');
        uint digits = DigitsAmong(values) & All;
        uint points = PointsAmong(characters, decimalMark) & All;
        if (!AreDecimal(digits, points, All, LeadingZero(text, digits)))
            return double.NaN;
        ulong first = ToNumber(values, KeyOf(Lanes, points));
        int fraction = points != 0 ? Lanes - 1 - BitOperations.TrailingZeroCount(points) : 0;
        if (rest == 0)
            return points == 0 && first > MaxWhole ? double.NaN : Convert(first, -fraction, negative);

        characters = Vector128.Load(text + Lanes);
        values = characters - Vector128.Create((byte)'0');
        uint all = (1u << rest) - 1;
        uint secondPoints = PointsAmong(characters, decimalMark) & all;
        digits = DigitsAmong(values) & all;
        int count = BitOperations.PopCount(digits);
        bool isDecimal = (digits | secondPoints) == all && (secondPoints & (secondPoints - 1)) == 0 && (points == 0 || secondPoints == 0);
        if (!isDecimal || first >= (ulong)s_powersOfTen[MaxDigits - count])
            return double.NaN;
        if (points == 0 && secondPoints == 0 && first > 0)
            return double.NaN; // 17 digits or more, beyond 2^53
        int behind = points != 0 ? rest : secondPoints != 0 ? rest - 1 - BitOperations.TrailingZeroCount(secondPoints) : 0;
        return Convert((first * (ulong)s_powersOfTen[count]) + ToNumber(values, KeyOf(rest, secondPoints)), -(fraction + behind), negative);
    }

    private static double Convert(ulong mantissa, int power, int negative)
    {
        if (!NearestDouble.TryFrom(mantissa, power, out double value) || value > MaxWhole)
            return double.NaN; // or a number so large that how it is written matters
        return (negative != 0 ? -value : value) + 0.0;
    }

    // [size 0 … 16][place of the point]: which lane each digit comes from; 0x80 makes a zero.
    private static byte* Shuffles()
    {
        const int Size = ((Lanes + 1) << KeyBits) * Lanes;
        var controls = (byte*)NativeMemory.AlignedAlloc(Size, 64); // for as long as the process lives
        new Span<byte>(controls, Size).Fill(0x80);
        for (int size = 0; size <= Lanes; size++)
        {
            for (int point = 0; point <= size; point++)
            {
                int lane = Lanes;
                for (int from = size - 1; from >= 0; from--)
                {
                    if (from != point)
                        controls[(((size << KeyBits) + point) * Lanes) + --lane] = (byte)from;
                }
            }
        }

        return controls;
    }

    // [size 0 … 16][place of the point]: ten to the number of digits behind it; NaN where there is no digit, or where one must stand and does not.
    private static double* Scales(bool digitsAtEnds)
    {
        const int Size = (Lanes + 1) << KeyBits;
        var scales = (double*)NativeMemory.AlignedAlloc(Size * sizeof(double), 64);
        new Span<double>(scales, Size).Fill(1);
        for (int size = 1; size <= Lanes; size++)
        {
            for (int point = 0; point < size; point++)
                scales[(size << KeyBits) + point] =
                    size == 1 || (digitsAtEnds && (point == 0 || point == size - 1)) ? double.NaN : s_powersOfTen[size - 1 - point];
        }

        return scales;
    }

    private static double* PowersOfTen()
    {
        const int MaxExactPower = 22;
        var powers = (double*)NativeMemory.AlignedAlloc((MaxExactPower + 1) * sizeof(double), 64);
        powers[0] = 1;
        for (int i = 1; i <= MaxExactPower; i++)
            powers[i] = powers[i - 1] * 10;
        return powers;
    }
}
