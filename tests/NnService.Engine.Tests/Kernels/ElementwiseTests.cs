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

    [Fact]
    public void Rows_are_multiplied_by_a_row_or_each_by_a_number_of_its_own()
    {
        EveryWidth<float>();
        EveryWidth<double>();
    }

    private static void EveryWidth<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Rows = 3;
        for (var columns = 1; columns <= 40; columns++)
        {
            T[] x = [.. Enumerable.Range(0, Rows * columns).Select(i => T.CreateTruncating(1 / (i + 3.0)))];
            T[] by = [.. Enumerable.Range(0, columns).Select(j => T.CreateTruncating(Math.Sqrt(j + 2)))];
            T[] factors = [.. Enumerable.Range(0, Rows).Select(row => T.CreateTruncating(Math.Cbrt(row + 2)))];
            T[] before = [.. x.Select((_, i) => T.CreateTruncating(i / 7.0))];
            var y = before.ToArray();

            Elementwise.AddProductWithRow<T>(x, by, y);
            Assert.Equal(x.Select((value, i) => T.FusedMultiplyAdd(value, by[i % columns], before[i])), y);
            Elementwise.MultiplyRow<T>(x, by, y);
            Assert.Equal(x.Select((value, i) => value * by[i % columns]), y);
            Elementwise.ScaleRows<T>(x, factors, y);
            Assert.Equal(x.Select((value, i) => value * factors[i / columns]), y);
            before.CopyTo(y, 0);
            Elementwise.AddScaledRows<T>(x, factors, y);
            Assert.Equal(x.Select((value, i) => T.FusedMultiplyAdd(value, factors[i / columns], before[i])), y);
        }

        Assert.Throws<ArgumentException>(() => Elementwise.MultiplyRow<T>(new T[7], new T[3], new T[7]));
        Assert.Throws<ArgumentException>(() => Elementwise.ScaleRows<T>(new T[7], new T[3], new T[7]));
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
