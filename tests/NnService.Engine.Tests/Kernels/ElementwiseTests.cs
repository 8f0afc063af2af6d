using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class ElementwiseTests
{
    private readonly struct Half<T> : IUnaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x) => x / (Vector512<T>.One + Vector512<T>.One);
    }

    private readonly struct Difference<T> : IBinaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y) => x - y;
    }

    private readonly struct ProductPlus<T> : ITernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y, Vector512<T> z) => Transcendentals.MulAdd(x, y, z);
    }

    private readonly struct Scale<T>(T factor) : IParametricUnaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public Vector512<T> Apply(Vector512<T> x) => x * factor;
    }

    [Fact]
    public void Maps_give_every_element_of_every_length_and_touch_nothing_behind()
    {
        EveryLength<float>();
        EveryLength<double>();
    }

    [Fact]
    public void Spans_of_unequal_length_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Elementwise.Map<float, Half<float>>(new float[3], new float[4]));
        Assert.Contains("3", error.Message, StringComparison.Ordinal);
    }

    private static void EveryLength<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var canary = T.CreateTruncating(-77);
        var source = Enumerable.Range(0, 200).Select(i => T.CreateTruncating(i)).ToArray();
        for (var n = 0; n <= 70; n++)
        {
            var x = source.AsSpan(1, n);
            var y = source.AsSpan(3, n);
            var z = source.AsSpan(100, n);
            var result = new T[n + 20];
            var to = result.AsSpan(10, n);

            result.AsSpan().Fill(canary);
            Elementwise.Map<T, Half<T>>(x, to);
            Check(i => T.CreateTruncating((i + 1) / 2.0));

            result.AsSpan().Fill(canary);
            Elementwise.Map<T, Difference<T>>(x, y, to);
            Check(_ => T.CreateTruncating(-2));

            result.AsSpan().Fill(canary);
            Elementwise.Map<T, ProductPlus<T>>(x, y, z, to);
            Check(i => T.CreateTruncating(((i + 1) * (i + 3)) + i + 100));

            result.AsSpan().Fill(canary);
            x.CopyTo(to);
            Elementwise.Map(to, to, new Scale<T>(T.CreateTruncating(3)));
            Check(i => T.CreateTruncating(3 * (i + 1)));

            void Check(Func<int, T> expected)
            {
                for (var i = 0; i < result.Length; i++)
                    Assert.Equal(i < 10 || i >= n + 10 ? canary : expected(i - 10), result[i]);
            }
        }
    }
}
