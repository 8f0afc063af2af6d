using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Data;

/// <summary>Reads plain decimals, [-]digits[.digits] of up to 32 bytes, without a branch for each digit; the rest is for <see cref="CellText"/>.</summary>
// A shuffle drops the point and moves the digits to the right end of sixteen lanes; three multiply-adds then make one number of them.
internal static unsafe class DecimalParser
{
    /// <summary>Bytes that must be readable from the start of a cell, whatever its size.</summary>
    internal const int ReadableBytes = 40;

    private const int Lanes = 16;
    private const int MaxDigits = 19; // what a mantissa of 64 bits holds in any case
    private const ulong MaxExact = 1UL << 53;

    private static readonly byte* s_shuffles = Shuffles();

    private static readonly double* s_powersOfTen = PowersOfTen();

    /// <summary>Whether this processor has the instructions; without them every number takes the way through <see cref="CellText"/>.</summary>
    internal static bool IsSupported => Sse41.IsSupported;

    /// <summary>The nearest double; NaN where the text is not such a decimal, which does not mean that it is no number.</summary>
    // One path for every cell of up to sixteen bytes, without out parameters: those would send each value through memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Parse(byte* text, int size)
    {
        int negative = (int)((uint)((*text ^ '-') - 1) >> 31); // 1 for a minus: no branch, which a column of mixed signs would mispredict every other time
        text += negative;
        size -= negative;
        if ((uint)(size - 1) >= Lanes)
            return ParseLong(text, size, negative);

        Vector128<byte> values = Vector128.Load(text) - Vector128.Create((byte)'0');
        uint digits = DigitsAmong(values, size);
        uint others = digits ^ ((1u << size) - 1);
        int point = BitOperations.TrailingZeroCount(others | (1u << size));
        ulong mantissa = ToNumber(values, size, point);
        if (!AreDecimal(text, digits, others, point) | mantissa > MaxExact)
            return ParseWide(text, size, negative);
        int fraction = size - point - (int)((others | (0 - others)) >> 31);
        // A mantissa of 53 bits and 10^fraction are exact, so that one division rounds once (Clinger 1990). + 0.0 turns -0 into 0.
        double value = (long)mantissa / s_powersOfTen[fraction];
        return BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(value) | ((long)negative << 63)) + 0.0;
    }

    /// <inheritdoc cref="Parse"/>
    internal static bool TryParse(byte* text, int size, out double value)
    {
        value = Parse(text, size);
        return !double.IsNaN(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint DigitsAmong(Vector128<byte> values, int size)
        => Vector128.Equals(Vector128.Min(values, Vector128.Create((byte)9)), values).ExtractMostSignificantBits() & ((1u << size) - 1);

    // No other byte than digits, or one that is a point; and at least one digit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreDecimal(byte* text, uint digits, uint others, int point)
        => digits != 0 & ((others & (others - 1)) | (others != 0 ? (uint)(text[point] ^ '.') : 0)) == 0;

    private static bool Digits(byte* text, int size, out ulong mantissa, out int fraction, out uint others)
    {
        Vector128<byte> values = Vector128.Load(text) - Vector128.Create((byte)'0');
        uint digits = DigitsAmong(values, size);
        others = digits ^ ((1u << size) - 1);
        int point = BitOperations.TrailingZeroCount(others | (1u << size));
        mantissa = ToNumber(values, size, point);
        fraction = size - point - (others != 0 ? 1 : 0);
        return AreDecimal(text, digits, others, point);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ToNumber(Vector128<byte> values, int size, int point)
    {
        Vector128<byte> aligned = Ssse3.Shuffle(values, Vector128.Load(s_shuffles + (size * (Lanes + 1) + point) * Lanes));
        Vector128<short> pairs = Ssse3.MultiplyAddAdjacent(aligned, Vector128.Create((short)(10 | (1 << 8))).AsSByte());
        Vector128<int> fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(100 | (1 << 16)).AsInt16());
        Vector128<ushort> packed = Sse41.PackUnsignedSaturate(fours, fours);
        ulong eights = Sse2.MultiplyAddAdjacent(packed.AsInt16(), Vector128.Create(10_000 | (1 << 16)).AsInt16()).AsUInt64().ToScalar();
        return (uint)eights * 100_000_000UL + (eights >> 32);
    }

    /// <summary>Sixteen digits that are more than a double holds.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double ParseWide(byte* text, int size, int negative)
        => Digits(text, size, out ulong mantissa, out int fraction, out _) ? Convert(mantissa, -fraction, negative) : double.NaN;

    /// <summary>Seventeen to thirty-two bytes, in two halves.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double ParseLong(byte* text, int size, int negative)
    {
        int rest = size - Lanes;
        if (rest is <= 0 or > Lanes)
            return double.NaN;
        bool isFirst = Digits(text, Lanes, out ulong first, out int firstFraction, out uint firstPoint);
        bool isSecond = Digits(text + Lanes, rest, out ulong second, out int secondFraction, out uint secondPoint);
        if (!isSecond && rest == 1 && text[Lanes] == '.')
            isSecond = true; // "1234567890123456."
        if (!isFirst || !isSecond || (firstPoint != 0 && secondPoint != 0))
            return double.NaN;
        int digits = rest - (secondPoint != 0 ? 1 : 0);
        if (first >= (ulong)s_powersOfTen[MaxDigits - digits])
            return double.NaN;
        int fraction = firstPoint != 0 ? firstFraction + rest : secondFraction;
        return Convert(first * (ulong)s_powersOfTen[digits] + second, -fraction, negative);
    }

    private static double Convert(ulong mantissa, int power, int negative)
    {
        if (!NearestDouble.TryFrom(mantissa, power, out double value))
            return double.NaN;
        return (negative != 0 ? -value : value) + 0.0;
    }

    // [size 0 … 16][place of the point 0 … 16; size or more: none]: which lane each digit comes from; 0x80 makes a zero.
    private static byte* Shuffles()
    {
        const int Size = (Lanes + 1) * (Lanes + 1) * Lanes;
        var controls = (byte*)NativeMemory.AlignedAlloc(Size, 64); // for as long as the process lives
        new Span<byte>(controls, Size).Fill(0x80);
        for (int size = 0; size <= Lanes; size++)
        {
            for (int point = 0; point <= Lanes; point++)
            {
                int lane = Lanes;
                for (int from = size - 1; from >= 0; from--)
                {
                    if (from != point)
                        controls[(size * (Lanes + 1) + point) * Lanes + --lane] = (byte)from;
                }
            }
        }

        return controls;
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
