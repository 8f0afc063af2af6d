using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Random;

/// <summary>
/// Philox4x32-10: 128 random bits as a pure function of a 128-bit counter and a 64-bit key.
/// Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011), section 3.3.
/// </summary>
internal static class Philox
{
    private const int Rounds = 10;
    private const uint Multiplier0 = 0xD2511F53; // Salmon et al. 2011, table 2 and the reference code
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9; // golden ratio
    private const uint Weyl1 = 0xBB67AE85; // √3 − 1

    /// <summary>One block: counter words c0…c3 and key words k0, k1 → four words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static PhiloxBlock Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            c0 = (uint)(product1 >> 32) ^ c1 ^ k0;
            c1 = (uint)product1;
            c2 = (uint)(product0 >> 32) ^ c3 ^ k1;
            c3 = (uint)product0;
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return new PhiloxBlock(c0, c1, c2, c3);
    }

    /// <summary>
    /// The lower 64 bits of eight blocks at once: counter words c0 and c1 are the halves of index … index + 7, c2, c3 and the key are the same for all.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> LowOfEight(ulong index, uint c2, uint c3, uint k0, uint k1) => Eight(index, c2, c3, k0, k1).Low;

    /// <summary>The lower and the upper 64 bits of eight blocks at once, of the same counter and key words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<ulong> Low, Vector512<ulong> High) Eight(ulong index, uint c2, uint c3, uint k0, uint k1) =>
        Eight(Vector512.Create(index) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7), Vector512.Create((ulong)c2), c3, k0, k1);

    /// <summary>The same, of counters whose words c0 to c2 are each lane's own.</summary>
    // Of every lane the lower half counts; what is left in the upper one is not looked at before the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<ulong> Low, Vector512<ulong> High) Eight(Vector512<ulong> index, Vector512<ulong> c2, uint c3, uint k0, uint k1)
    {
        var lane0 = index;
        var (lane1, lane2, lane3) = (Vector512.ShiftRightLogical(lane0, 32), c2, Vector512.Create((ulong)c3));
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = Product(lane0, Multiplier0);
            var product1 = Product(lane2, Multiplier1);
            lane0 = Vector512.ShiftRightLogical(product1, 32) ^ lane1 ^ Vector512.Create((ulong)k0);
            lane1 = product1;
            lane2 = Vector512.ShiftRightLogical(product0, 32) ^ lane3 ^ Vector512.Create((ulong)k1);
            lane3 = product0;
            k0 += Weyl0;
            k1 += Weyl1;
        }

        var half = Vector512.Create((ulong)uint.MaxValue);
        return ((lane0 & half) | Vector512.ShiftLeft(lane1, 32), (lane2 & half) | Vector512.ShiftLeft(lane3, 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Product(Vector512<ulong> lanes, uint factor)
    {
        var factors = Vector512.Create((ulong)factor);
        if (Avx512F.IsSupported)
            return Avx512F.Multiply(lanes.AsUInt32(), factors.AsUInt32());
        if (Avx2.IsSupported)
            return Vector512.Create(
                Avx2.Multiply(lanes.GetLower().AsUInt32(), factors.GetLower().AsUInt32()),
                Avx2.Multiply(lanes.GetUpper().AsUInt32(), factors.GetUpper().AsUInt32()));
        return (lanes & Vector512.Create((ulong)uint.MaxValue)) * factors;
    }
}

/// <summary>Four random words of 32 bits.</summary>
internal readonly record struct PhiloxBlock(uint W0, uint W1, uint W2, uint W3)
{
    public ulong Low => ((ulong)W1 << 32) | W0;

    public ulong High => ((ulong)W3 << 32) | W2;
}
