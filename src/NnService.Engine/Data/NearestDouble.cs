using System.Numerics;

namespace NnService.Engine.Data;

/// <summary>The double nearest to w · 10^q, ties to even.</summary>
// Lemire, "Number parsing at a gigabyte per second", 2021, with the proof of Mushtak and Lemire, "Fast number parsing without fallback", 2023.
// The product of w and the leading 128 bits of 5^q has enough bits right to round by.
internal static class NearestDouble
{
    /// <summary>Least power of ten below which every mantissa of 64 bits is nearer to zero than to any other double.</summary>
    internal const int MinPower = -342;

    /// <summary>Greatest power of ten that is a double.</summary>
    internal const int MaxPower = 308;

    private const int MantissaBits = 52;

    private static readonly UInt128[] s_powersOfFive = PowersOfFive();

    /// <summary>False where the result is subnormal or not finite, or the power is out of range; the caller then asks the framework.</summary>
    internal static bool TryFrom(ulong w, int q, out double value)
    {
        value = 0;
        if (w == 0)
            return true;
        if (q is < MinPower or > MaxPower)
            return false;

        int leadingZeros = BitOperations.LeadingZeroCount(w);
        w <<= leadingZeros;
        UInt128 power = s_powersOfFive[q - MinPower];
        ulong high = Math.BigMul(w, (ulong)(power >> 64), out ulong low);
        if ((high & 0x1FF) == 0x1FF) // the bits that decide the rounding may still change
        {
            ulong carry = Math.BigMul(w, (ulong)power, out _);
            low = unchecked(low + carry);
            high += low < carry ? 1UL : 0;
        }

        int upper = (int)(high >> 63);
        int shift = upper + 64 - MantissaBits - 3;
        ulong mantissa = high >> shift;
        int exponent = ((217706 * q) >> 16) + 63 + upper - leadingZeros + 1023; // 217706 / 65536 is log2(10) closely enough for these q
        if (exponent <= 0)
            return false;
        if (low <= 1 && q is >= -4 and <= 23 && (mantissa & 3) == 1 && mantissa << shift == high)
            mantissa &= ~1UL; // exactly between two doubles: to the even one
        mantissa = (mantissa + (mantissa & 1)) >> 1;
        if (mantissa >> (MantissaBits + 1) != 0)
        {
            mantissa = 1UL << MantissaBits;
            exponent++;
        }

        if (exponent >= 0x7FF)
            return false;
        value = BitConverter.UInt64BitsToDouble((mantissa & ((1UL << MantissaBits) - 1)) | ((ulong)exponent << MantissaBits));
        return true;
    }

    // The leading 128 bits of 5^q: cut off for q ≥ 0, rounded up for q < 0, where they are a quotient that never comes out even.
    private static UInt128[] PowersOfFive()
    {
        var powers = new UInt128[MaxPower - MinPower + 1];
        BigInteger five = BigInteger.One;
        for (int q = 0; q <= Math.Max(MaxPower, -MinPower); q++, five *= 5)
        {
            int bits = (int)five.GetBitLength();
            if (q <= MaxPower)
                powers[q - MinPower] = (UInt128)(bits <= 128 ? five << (128 - bits) : five >> (bits - 128));
            if (q > 0 && q <= -MinPower)
                powers[-q - MinPower] = (UInt128)((BigInteger.One << (bits + 127)) / five + 1);
        }

        return powers;
    }
}
