using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>Numbers of the gamma distributions of scale 1, one after the other, in eight streams side by side. Each takes as many random numbers of its stream
/// as it needs, as if it were alone.</summary>
/// <param name="random">The streams.</param>
internal sealed class GammaLanes(RandomLanes random)
{
    private const double Squeeze = 0.0331; // what it takes is taken without it too, and mostly there is no need of the logarithms

    private Vector512<ulong> _index;

    /// <summary>Heads, as all bits of a lane, or tails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Vector512<double> Coin() => Vector512.LessThan(random.Uniform(Take()), Vector512.Create(0.5));

    /// <summary>Of shape ½: half the square of a normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Vector512<double> Half()
    {
        var normal = random.Normal(Take(), Vector512<ulong>.AllBitsSet);
        return normal * normal / Vector512.Create(2.0);
    }

    /// <summary>
    /// Of a shape: Marsaglia and Tsang 2000, section 6 where it is below 1. Shape 1 is the exponential distribution, by the inverse of its function: of a
    /// confusion matrix of many labels most cells have one row.
    /// </summary>
    /// <param name="shape">Above 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Vector512<double> Next(double shape) => shape switch
    {
        1 => -LogOfUniform(),
        > 1 => AboveOne(shape),
        _ => AboveOne(shape + 1) * Transcendentals.Exp(LogOfUniform() / Vector512.Create(shape)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> LogOfUniform() => Transcendentals.Log(Vector512<double>.One - random.Uniform(Take())); // of 1 − u, which is never 0

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Vector512<double> AboveOne(double shape)
    {
        var d = Vector512.Create(shape - (1.0 / 3));
        var c = Vector512.Create(1 / Math.Sqrt(9 * (shape - (1.0 / 3))));
        var (gamma, wanted) = (Vector512<double>.Zero, Vector512<ulong>.AllBitsSet);
        while (wanted != Vector512<ulong>.Zero)
        {
            var x = random.Normal(_index, wanted);
            _index -= wanted; // all bits are −1
            var v = Vector512<double>.One + (c * x);
            var isAbove = wanted & Vector512.GreaterThan(v, Vector512<double>.Zero).AsUInt64();
            v = v * v * v;
            var u = Vector512<double>.One - random.Uniform(_index); // not 0
            _index -= isAbove;
            var taken = isAbove & Vector512.LessThan(u, Vector512<double>.One - (Vector512.Create(Squeeze) * x * x * x * x)).AsUInt64();
            if (taken != isAbove)
                taken |= isAbove & IsTaken(x, v, u, d);
            gamma = Vector512.ConditionalSelect(taken.AsDouble(), d * v, gamma);
            wanted &= ~taken;
        }

        return gamma;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static Vector512<ulong> IsTaken(Vector512<double> x, Vector512<double> v, Vector512<double> u, Vector512<double> d) => Vector512.LessThan(
        Transcendentals.Log(u), (Vector512.Create(0.5) * x * x) + d - (d * v) + (d * Transcendentals.Log(v))).AsUInt64();

    private Vector512<ulong> Take()
    {
        var index = _index;
        _index += Vector512<ulong>.One;
        return index;
    }
}
