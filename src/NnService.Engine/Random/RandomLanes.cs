using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Random;

/// <summary>Eight streams side by side, of the epochs firstEpoch … firstEpoch + 7: the numbers of <see cref="RandomStream"/>, to the bit, at an index of each
/// lane's own.</summary>
internal readonly struct RandomLanes(ulong seed, RandomPurpose purpose, uint firstEpoch)
{
    private readonly Vector512<ulong> _epochs = Vector512.Create((ulong)firstEpoch) + Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7);

    /// <summary>Uniform in [0, 1), see <see cref="RandomStream.Uniform"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public Vector512<double> Uniform(Vector512<ulong> index) =>
        ToDouble(Vector512.ShiftRightLogical(Blocks(index, 0).Low, 11)) * Vector512.Create(1.0 / (1UL << 53));

    /// <summary>Standard normal, see <see cref="RandomStream.Normal"/>; of a lane that is not wanted any number.</summary>
    /// <param name="index">[lanes]</param>
    /// <param name="wanted">All bits of a lane, or none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public Vector512<double> Normal(Vector512<ulong> index, Vector512<ulong> wanted)
    {
        var normal = Vector512<double>.Zero;
        for (var attempt = RandomStream.AttemptStep; wanted != Vector512<ulong>.Zero; attempt += RandomStream.AttemptStep)
        {
            var (low, high) = Blocks(index, attempt);
            var (u, v) = (SymmetricUniform(low), SymmetricUniform(high));
            var s = (u * u) + (v * v);
            var taken = wanted & (Vector512.GreaterThan(s, Vector512<double>.Zero) & Vector512.LessThan(s, Vector512<double>.One)).AsUInt64();
            normal = Vector512.ConditionalSelect(taken.AsDouble(), u * Vector512.Sqrt(Vector512.Create(-2.0) * Transcendentals.Log(s) / s), normal);
            wanted &= ~taken;
        }

        return normal;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (Vector512<ulong> Low, Vector512<ulong> High) Blocks(Vector512<ulong> index, uint attempt) =>
        Philox.Eight(index, _epochs, (uint)purpose | attempt, (uint)seed, (uint)(seed >> 32));

    // Of a signed number x, 2⁵² + x is what its bits say with the other sign bit.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> SymmetricUniform(Vector512<ulong> bits) =>
        (ToDouble(Vector512.ShiftRightLogical(bits ^ Vector512.Create(1UL << 63), 11)) - Vector512.Create((double)(1L << 52)) + Vector512.Create(0.5))
            * Vector512.Create(1.0 / (1L << 52));

    // Numbers below 2⁵³, each half as the last bits of a power of two: exact, and as quick where the processor has no such conversion (AVX2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> ToDouble(Vector512<ulong> numbers)
    {
        var (low, high) = (Vector512.Create((double)(1UL << 52)), Vector512.Create((double)(1UL << 52) * (1UL << 32)));
        return ((Vector512.ShiftRightLogical(numbers, 32) | high.AsUInt64()).AsDouble() - high)
            + (((numbers & Vector512.Create((ulong)uint.MaxValue)) | low.AsUInt64()).AsDouble() - low);
    }
}
