using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Optimizers;

/// <summary>What an optimizer does with each single parameter, written for a block of them; its fields are the numbers that hold for the whole step.</summary>
internal interface IUpdateRule<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The new parameters, from the old ones, their gradient and up to three numbers of state each, which it moves on.</summary>
    Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> first, ref Vector512<T> second, ref Vector512<T> third);
}

/// <summary>Applies a rule to all parameters, 64 bytes at a time, every vector read and written once.</summary>
/// <remarks>Multiplications, additions, divisions and square roots alone, each rounded by itself: the same bits whatever the vector width.</remarks>
internal static class UpdateRule
{
    // parameters [n]   gradient [n]   first, second, third [n] or empty   →   parameters, first, second, third
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T, TRule>(in TRule rule, Span<T> parameters, ReadOnlySpan<T> gradient, T[] first, T[] second, T[] third)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TRule : struct, IUpdateRule<T>
    {
        CheckLengths(parameters.Length, gradient.Length, first.Length, second.Length, third.Length);
        var (hasFirst, hasSecond, hasThird) = (first.Length > 0, second.Length > 0, third.Length > 0);
        ref var p = ref MemoryMarshal.GetReference(parameters);
        ref var g = ref MemoryMarshal.GetReference(gradient);
        ref var a = ref MemoryMarshal.GetArrayDataReference(first);
        ref var b = ref MemoryMarshal.GetArrayDataReference(second);
        ref var c = ref MemoryMarshal.GetArrayDataReference(third);
        var i = 0;
        for (; i <= parameters.Length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            var s1 = hasFirst ? Block<T>.Load(in a, i) : Vector512<T>.Zero;
            var s2 = hasSecond ? Block<T>.Load(in b, i) : Vector512<T>.Zero;
            var s3 = hasThird ? Block<T>.Load(in c, i) : Vector512<T>.Zero;
            Block<T>.Store(rule.Apply(Block<T>.Load(in p, i), Block<T>.Load(in g, i), ref s1, ref s2, ref s3), ref p, i);
            if (hasFirst)
                Block<T>.Store(s1, ref a, i);
            if (hasSecond)
                Block<T>.Store(s2, ref b, i);
            if (hasThird)
                Block<T>.Store(s3, ref c, i);
        }

        var rest = parameters.Length - i;
        if (rest == 0)
            return;
        var last1 = hasFirst ? Block<T>.LoadPartial(in a, i, rest) : Vector512<T>.Zero;
        var last2 = hasSecond ? Block<T>.LoadPartial(in b, i, rest) : Vector512<T>.Zero;
        var last3 = hasThird ? Block<T>.LoadPartial(in c, i, rest) : Vector512<T>.Zero;
        var moved = rule.Apply(Block<T>.LoadPartial(in p, i, rest), Block<T>.LoadPartial(in g, i, rest), ref last1, ref last2, ref last3);
        Block<T>.StorePartial(moved, ref p, i, rest);
        if (hasFirst)
            Block<T>.StorePartial(last1, ref a, i, rest);
        if (hasSecond)
            Block<T>.StorePartial(last2, ref b, i, rest);
        if (hasThird)
            Block<T>.StorePartial(last3, ref c, i, rest);
    }

    /// <summary>The same number in every lane, rounded once to the precision of training.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Constant<T>(double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => FloatingPoint<T>.Constant(value);

    private static void CheckLengths(int parameters, int gradient, int first, int second, int third)
    {
        if (gradient != parameters || (first > 0 && first != parameters) || (second > 0 && second != parameters) || (third > 0 && third != parameters))
            throw new ArgumentException(
                $"{parameters} parameters, {gradient} derivatives and state of {first}, {second} and {third} numbers do not fit together.");
    }
}
