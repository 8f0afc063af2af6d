using System.Numerics;
using System.Runtime.CompilerServices;
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
internal static unsafe class UpdateRule
{
    /// <summary>Below this many parameters, one thread is done before another has begun.</summary>
    private const int WorthSharing = 16_384;

    // parameters [n]   gradient [n]   first, second, third [n] or empty   →   parameters, first, second, third
    public static void Apply<T, TRule>(
        in TRule rule, Span<T> parameters, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, Span<T> third, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TRule : unmanaged, IUpdateRule<T>
    {
        CheckLengths(parameters.Length, gradient.Length, first.Length, second.Length, third.Length);
        fixed (T* p = parameters, g = gradient, a = first, b = second, c = third)
        {
            if (team is null || parameters.Length < WorthSharing)
                Move(rule, p, g, a, b, c, 0, parameters.Length);
            else
                Share(team, rule, p, g, a, b, c, parameters.Length);
        }
    }

    // Apart from Apply, where the copies of Work would have to be cleared in every step that is not shared.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Share<T, TRule>(Team team, in TRule rule, T* p, T* g, T* a, T* b, T* c, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TRule : unmanaged, IUpdateRule<T>
    {
        // As many shares as threads, of whole cache lines: a thread that comes back to its share finds it in its own cache.
        var share = ((length / team.Threads) + 63) & ~63;
        var work = new Work<T, TRule> { Rule = rule, P = p, G = g, A = a, B = b, C = c, Length = length, Share = share };
        team.Run(ref work, (length + share - 1) / share);
    }

    private struct Work<T, TRule> : ITeamWork
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TRule : unmanaged, IUpdateRule<T>
    {
        public TRule Rule;
        public T* P;
        public T* G;
        public T* A;
        public T* B;
        public T* C;
        public int Length;
        public int Share;

        public readonly void Run(int chunk)
        {
            var start = chunk * Share;
            Move(Rule, P, G, A, B, C, start, Math.Min(start + Share, Length));
        }
    }

    // A copy of the rule, of which the compiler keeps the numbers in registers; through a reference it reads them anew for every block, since the stores
    // might have changed them (measured on Zen 4: 9 ns a block of Adam instead of 5, because nine reads that straddle cache lines outlast the division).
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Move<T, TRule>(in TRule given, T* p, T* g, T* a, T* b, T* c, int start, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TRule : unmanaged, IUpdateRule<T>
    {
        var rule = given;
        var i = start;
        // Without state there is nothing to ask for in every block: SGD on the few parameters of a tiny network.
        for (; a == null && b == null && c == null && i <= end - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            var none = Vector512<T>.Zero;
            rule.Apply(Vector512.Load(p + i), Vector512.Load(g + i), ref none, ref none, ref none).Store(p + i);
        }

        for (; i <= end - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            var s1 = a != null ? Vector512.Load(a + i) : Vector512<T>.Zero;
            var s2 = b != null ? Vector512.Load(b + i) : Vector512<T>.Zero;
            var s3 = c != null ? Vector512.Load(c + i) : Vector512<T>.Zero;
            rule.Apply(Vector512.Load(p + i), Vector512.Load(g + i), ref s1, ref s2, ref s3).Store(p + i);
            if (a != null)
                s1.Store(a + i);
            if (b != null)
                s2.Store(b + i);
            if (c != null)
                s3.Store(c + i);
        }

        if (i < end)
            MoveRest(given, p, g, a, b, c, i, end - i);
    }

    /// <summary>The last, incomplete block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MoveRest<T, TRule>(in TRule rule, T* p, T* g, T* a, T* b, T* c, int i, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TRule : unmanaged, IUpdateRule<T>
    {
        var s1 = a != null ? Block<T>.LoadPartial(in *a, i, count) : Vector512<T>.Zero;
        var s2 = b != null ? Block<T>.LoadPartial(in *b, i, count) : Vector512<T>.Zero;
        var s3 = c != null ? Block<T>.LoadPartial(in *c, i, count) : Vector512<T>.Zero;
        var moved = rule.Apply(Block<T>.LoadPartial(in *p, i, count), Block<T>.LoadPartial(in *g, i, count), ref s1, ref s2, ref s3);
        Block<T>.StorePartial(moved, ref *p, i, count);
        if (a != null)
            Block<T>.StorePartial(s1, ref *a, i, count);
        if (b != null)
            Block<T>.StorePartial(s2, ref *b, i, count);
        if (c != null)
            Block<T>.StorePartial(s3, ref *c, i, count);
    }

    /// <summary>The same number in every lane, rounded once to the precision of training.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Constant<T>(double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => FloatingPoint<T>.Constant(value);

    /// <summary>−1, 0 or 1 each; the sign of NaN is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sign<T>(Vector512<T> numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Where neither comparison holds, the number is its own sign.
        var negative = Vector512.ConditionalSelect(Vector512.LessThan(numbers, Vector512<T>.Zero), -Vector512<T>.One, numbers);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(numbers, Vector512<T>.Zero), Vector512<T>.One, negative);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CheckLengths(int parameters, int gradient, int first, int second, int third)
    {
        if (gradient != parameters || (first > 0 && first != parameters) || (second > 0 && second != parameters) || (third > 0 && third != parameters))
            Refuse(parameters, gradient, first, second, third);
    }

    private static void Refuse(int parameters, int gradient, int first, int second, int third) => throw new ArgumentException(
        $"{parameters} parameters, {gradient} derivatives and state of {first}, {second} and {third} numbers do not fit together.");
}
