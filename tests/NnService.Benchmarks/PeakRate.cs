using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Benchmarks;

/// <summary>Fused multiply-adds in float the registers of one thread can do when nothing else is asked of them.</summary>
internal static class PeakRate
{
    private const int Chains = 10;

    /// <summary>GFLOP/s, the best of several tries: whatever disturbs one makes it slower.</summary>
    public static double Measure()
    {
        const int turns = 1_000_000;
        var best = 0.0;
        for (var attempt = 0; attempt < 50; attempt++)
        {
            var start = Stopwatch.GetTimestamp();
            var lanes = Vector512.IsHardwareAccelerated ? Wide(turns) : Narrow(turns);
            best = Math.Max(best, 2.0 * turns * Chains * lanes / Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }

        return best;
    }

    // Ten chains: two multiply-adds can begin in every cycle and each takes four.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Wide(int turns)
    {
        Vector512<float> x = Vector512.Create(1e-3f), y = Vector512.Create(0.999f);
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
        for (var turn = 0; turn < turns; turn++)
        {
            a = Vector512.FusedMultiplyAdd(a, y, x);
            b = Vector512.FusedMultiplyAdd(b, y, x);
            c = Vector512.FusedMultiplyAdd(c, y, x);
            d = Vector512.FusedMultiplyAdd(d, y, x);
            e = Vector512.FusedMultiplyAdd(e, y, x);
            f = Vector512.FusedMultiplyAdd(f, y, x);
            g = Vector512.FusedMultiplyAdd(g, y, x);
            h = Vector512.FusedMultiplyAdd(h, y, x);
            i = Vector512.FusedMultiplyAdd(i, y, x);
            j = Vector512.FusedMultiplyAdd(j, y, x);
        }

        Keep(Vector512.Sum(a + b + c + d + e + f + g + h + i + j));
        return Vector512<float>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Narrow(int turns)
    {
        Vector256<float> x = Vector256.Create(1e-3f), y = Vector256.Create(0.999f);
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
        for (var turn = 0; turn < turns; turn++)
        {
            a = Vector256.FusedMultiplyAdd(a, y, x);
            b = Vector256.FusedMultiplyAdd(b, y, x);
            c = Vector256.FusedMultiplyAdd(c, y, x);
            d = Vector256.FusedMultiplyAdd(d, y, x);
            e = Vector256.FusedMultiplyAdd(e, y, x);
            f = Vector256.FusedMultiplyAdd(f, y, x);
            g = Vector256.FusedMultiplyAdd(g, y, x);
            h = Vector256.FusedMultiplyAdd(h, y, x);
            i = Vector256.FusedMultiplyAdd(i, y, x);
            j = Vector256.FusedMultiplyAdd(j, y, x);
        }

        Keep(Vector256.Sum(a + b + c + d + e + f + g + h + i + j));
        return Vector256<float>.Count;
    }

    // A result nobody reads would let the compiler drop the loop.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(float value) => GC.KeepAlive(value);
}
