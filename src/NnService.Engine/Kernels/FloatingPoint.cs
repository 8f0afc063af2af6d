using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Kernels;

/// <summary>
/// The few operations on a vector of floats or doubles that C# cannot write on <typeparamref name="T"/> alone: constants, the fused multiply-add, and bits.
/// Each <c>typeof(T)</c> test is settled when the runtime compiles the method, so it leaves one instruction behind.
/// </summary>
internal static class FloatingPoint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Explicit bits of the fraction: 23 or 52.</summary>
    private static int FractionBits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(float) ? 23 : 52;
    }

    private static int ExponentBias
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(float) ? 127 : 1023;
    }

    /// <summary>1.5 · 2^FractionBits. Adding it rounds a small number to an integer, to nearest, and leaves that integer in the lowest bits.</summary>
    private static double Rounder
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(float) ? 12582912.0 : 6755399441055744.0;
    }

    /// <summary>The same constant in every lane; <paramref name="single"/> is used for float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Constant(double value, double single) => typeof(T) == typeof(float)
        ? Vector512.Create((float)single).As<float, T>()
        : Vector512.Create(value).As<double, T>();

    /// <summary>The same constant in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Constant(double value) => Constant(value, value);

    /// <summary>a · b + c, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MulAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>();

    /// <summary>The integer nearest to a · b, for |a · b| below 2^(FractionBits − 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> RoundedProduct(Vector512<T> a, Vector512<T> b) => MulAdd(a, b, Constant(Rounder)) - Constant(Rounder);

    /// <summary>The nearest whole number, ties to even, of any number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Round(Vector512<T> x) => typeof(T) == typeof(float)
        ? Vector512.Round(x.AsSingle()).As<float, T>()
        : Vector512.Round(x.AsDouble()).As<double, T>();

    /// <summary>2^k for whole k within the exponents of normal numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> PowerOfTwo(Vector512<T> k)
    {
        // The sum holds k + bias in its lowest bits; the shift drops the rest and makes them the exponent field.
        var biased = k + Constant(Rounder + ExponentBias);
        return typeof(T) == typeof(float)
            ? Vector512.ShiftLeft(biased.AsInt32(), FractionBits).As<int, T>()
            : Vector512.ShiftLeft(biased.AsInt64(), FractionBits).As<long, T>();
    }

    /// <summary>x · 2^k for |x| near 1 and any k a finite result or a subnormal one needs; overflows to infinity, rounds once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> ScaleByPowerOfTwo(Vector512<T> x, Vector512<T> k)
    {
        // One instruction that does exactly this, where there is one: an exponential is a third faster for it.
        if (Avx512F.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? Avx512F.Scale(x.AsSingle(), k.AsSingle()).As<float, T>()
                : Avx512F.Scale(x.AsDouble(), k.AsDouble()).As<double, T>();
        }

        // Two halves, because 2^k itself may be outside the normal numbers where x · 2^k is not. The first product is exact, so this rounds once, too.
        var half = RoundedProduct(k, Constant(0.5));
        return x * PowerOfTwo(half) * PowerOfTwo(k - half);
    }

    /// <summary>x = m · 2^k with m in [√½, √2), for normal x &gt; 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Split(Vector512<T> x, out Vector512<T> k)
    {
        // Logical shifts only: AVX2 has no arithmetic one for 64 bits. The bias keeps the number being shifted positive.
        if (typeof(T) == typeof(float))
        {
            const int sqrtHalf = 0x3f3504f3;
            var bits = x.AsInt32();
            var biased = Vector512.ShiftRightLogical(bits - Vector512.Create(sqrtHalf - (127 << 23)), 23);
            k = (biased + Constant(Rounder).AsInt32()).As<int, T>() - Constant(Rounder + ExponentBias);
            return (bits - Vector512.ShiftLeft(biased, 23) + Vector512.Create(127 << 23)).As<int, T>();
        }
        else
        {
            const long sqrtHalf = 0x3fe6a09e667f3bcd;
            var bits = x.AsInt64();
            var biased = Vector512.ShiftRightLogical(bits - Vector512.Create(sqrtHalf - (1023L << 52)), 52);
            k = (biased + Constant(Rounder).AsInt64()).As<long, T>() - Constant(Rounder + ExponentBias);
            return (bits - Vector512.ShiftLeft(biased, 52) + Vector512.Create(1023L << 52)).As<long, T>();
        }
    }
}
