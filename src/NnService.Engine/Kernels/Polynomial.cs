using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>
/// c0 + c1·x + c2·x² + …, coefficients in rising order, by Estrin's scheme: pairs, then pairs of pairs.
/// Horner's rule would wait for each multiply-add in turn; a small network is nothing but such waiting.
/// </summary>
internal static class Polynomial<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Evaluate(Vector512<T> x, double c0, double c1, double c2)
    {
        return FloatingPoint<T>.MulAdd(x * x, C(c2), Pair(x, c0, c1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Evaluate(Vector512<T> x, double c0, double c1, double c2, double c3) => Four(x, x * x, c0, c1, c2, c3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Evaluate(Vector512<T> x, double c0, double c1, double c2, double c3, double c4, double c5)
    {
        var x2 = x * x;
        return FloatingPoint<T>.MulAdd(x2 * x2, Pair(x, c4, c5), Four(x, x2, c0, c1, c2, c3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Evaluate(Vector512<T> x, double c0, double c1, double c2, double c3, double c4, double c5, double c6)
    {
        var x2 = x * x;
        var high = FloatingPoint<T>.MulAdd(x2, C(c6), Pair(x, c4, c5));
        return FloatingPoint<T>.MulAdd(x2 * x2, high, Four(x, x2, c0, c1, c2, c3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Evaluate(
        Vector512<T> x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10)
    {
        var x2 = x * x;
        var x4 = x2 * x2;
        var high = FloatingPoint<T>.MulAdd(x2, C(c10), Pair(x, c8, c9));
        var low = FloatingPoint<T>.MulAdd(x4, Four(x, x2, c4, c5, c6, c7), Four(x, x2, c0, c1, c2, c3));
        return FloatingPoint<T>.MulAdd(x4 * x4, high, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Evaluate(
        Vector512<T> x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11)
    {
        var x2 = x * x;
        var x4 = x2 * x2;
        var low = FloatingPoint<T>.MulAdd(x4, Four(x, x2, c4, c5, c6, c7), Four(x, x2, c0, c1, c2, c3));
        return FloatingPoint<T>.MulAdd(x4 * x4, Four(x, x2, c8, c9, c10, c11), low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Evaluate(
        Vector512<T> x, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7,
        double c8, double c9, double c10, double c11, double c12, double c13, double c14)
    {
        var x2 = x * x;
        var x4 = x2 * x2;
        var last = FloatingPoint<T>.MulAdd(x2, C(c14), Pair(x, c12, c13));
        var high = FloatingPoint<T>.MulAdd(x4, last, Four(x, x2, c8, c9, c10, c11));
        var low = FloatingPoint<T>.MulAdd(x4, Four(x, x2, c4, c5, c6, c7), Four(x, x2, c0, c1, c2, c3));
        return FloatingPoint<T>.MulAdd(x4 * x4, high, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Four(Vector512<T> x, Vector512<T> x2, double c0, double c1, double c2, double c3) =>
        FloatingPoint<T>.MulAdd(x2, Pair(x, c2, c3), Pair(x, c0, c1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Pair(Vector512<T> x, double c0, double c1) => FloatingPoint<T>.MulAdd(x, C(c1), C(c0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> C(double coefficient) => FloatingPoint<T>.Constant(coefficient);
}
