using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>One run of elements folded into a number over 16 virtual lanes and the tree of <see cref="Reductions"/>.</summary>
/// <remarks>A register holds 16 floats or 8 doubles, so doubles take two: lanes 0 … 7 and 8 … 15.</remarks>
internal static class Fold
{
    private const int Lanes = 16;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Dot<T>(ref T x, ref T y, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<T> low = default, high = default;
        var i = 0;
        for (; i <= count - Lanes; i += Lanes)
        {
            low = FloatingPoint<T>.MulAdd(Block<T>.Load(in x, i), Block<T>.Load(in y, i), low);
            if (Vector512<T>.Count < Lanes)
                high = FloatingPoint<T>.MulAdd(Block<T>.Load(in x, i + Vector512<T>.Count), Block<T>.Load(in y, i + Vector512<T>.Count), high);
        }

        if (i < count)
        {
            low = FloatingPoint<T>.MulAdd(LowOf(ref x, i, count, default), LowOf(ref y, i, count, default), low);
            if (Vector512<T>.Count < Lanes)
                high = FloatingPoint<T>.MulAdd(HighOf(ref x, i, count, default), HighOf(ref y, i, count, default), high);
        }

        return Sum(low, high);
    }

    /// <summary>Σ x · y of floats, each product and the sum in float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double DotInDouble(ref float x, ref float y, int count)
    {
        Vector512<double> low = default, high = default;
        for (var i = 0; i < count; i += Lanes)
        {
            var rest = count - i;
            var a = rest >= Lanes ? Block<float>.Load(in x, i) : Block<float>.LoadPartial(in x, i, rest);
            var b = rest >= Lanes ? Block<float>.Load(in y, i) : Block<float>.LoadPartial(in y, i, rest);
            low = FloatingPoint<double>.MulAdd(Vector512.WidenLower(a), Vector512.WidenLower(b), low);
            high = FloatingPoint<double>.MulAdd(Vector512.WidenUpper(a), Vector512.WidenUpper(b), high);
        }

        return Sum(low, high);
    }

    /// <summary>The largest element; NaN is passed over. A maximum has no order to keep, so one register is enough.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Maximum<T>(ref T x, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lowest = FloatingPoint<T>.Constant(double.NegativeInfinity);
        var maximum = lowest;
        var i = 0;
        for (; i <= count - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            var block = Block<T>.Load(in x, i);
            maximum = Vector512.ConditionalSelect(Vector512.GreaterThan(block, maximum), block, maximum);
        }

        if (i < count)
        {
            var block = Block<T>.LoadPartial(in x, i, count - i, lowest);
            maximum = Vector512.ConditionalSelect(Vector512.GreaterThan(block, maximum), block, maximum);
        }

        return Maximum(maximum);
    }

    // By comparisons: the maximum of IEEE 754, which minds NaN and the sign of zero, takes several instructions a step.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Maximum<T>(Vector512<T> lanes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (low, high) = (lanes.GetLower(), lanes.GetUpper());
        var eight = Vector256.ConditionalSelect(Vector256.GreaterThan(high, low), high, low);
        var four = Larger(eight.GetLower(), eight.GetUpper());
        if (Vector128<T>.Count == 4)
            four = Larger(four, UpperPair(four));
        var (first, second) = (four.GetElement(0), four.GetElement(1));
        return second > first ? second : first;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Larger<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged => Vector128.ConditionalSelect(Vector128.GreaterThan(b, a), b, a);

    /// <summary>The tree over 16 lanes; <paramref name="high"/> are lanes 8 … 15 of doubles, unused for floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum<T>(Vector512<T> low, Vector512<T> high)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512<T>.Count < Lanes)
            low += high;
        var half = low.GetLower() + low.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        if (Vector128<T>.Count == 4)
            quarter += UpperPair(quarter);
        return quarter.GetElement(0) + quarter.GetElement(1);
    }

    /// <summary>Elements 2 and 3 of four floats, in the places of 0 and 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> UpperPair<T>(Vector128<T> four)
        where T : unmanaged => Vector128.Shuffle(four.AsDouble(), Vector128.Create(1L, 1L)).As<double, T>();

    /// <summary>The last, incomplete 16 elements from <paramref name="i"/> on: those in the first register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> LowOf<T>(ref T x, int i, int count, Vector512<T> padding)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        count - i >= Vector512<T>.Count ? Block<T>.Load(in x, i) : Block<T>.LoadPartial(in x, i, count - i, padding);

    /// <summary>The last, incomplete 16 elements from <paramref name="i"/> on: those in the second register, if there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> HighOf<T>(ref T x, int i, int count, Vector512<T> padding)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => count - i > Vector512<T>.Count
            ? Block<T>.LoadPartial(in x, i + Vector512<T>.Count, count - i - Vector512<T>.Count, padding)
            : padding;
}
