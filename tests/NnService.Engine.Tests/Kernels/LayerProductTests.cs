using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class LayerProductTests
{
    [Fact]
    public void Products_of_inputs_that_are_mostly_zero_have_the_bits_of_the_whole_products()
    {
        using var team = new Team(2);
        foreach (var (rows, numbers, categories, units) in new[]
        {
            (1, 0, 40, 8), (1, 3, 1100, 64), (5, 2, 60, 9), (33, 1, 2100, 21), (64, 10, 1010, 64), (70, 4, 300, 77), (256, 10, 1010, 130),
        })
        {
            Check<float>(rows, numbers, categories, units, team);
            Check<double>(rows, numbers, categories, units, team);
        }
    }

    [Fact]
    public void Inputs_that_are_mostly_numbers_take_the_whole_product()
    {
        float[] x = [.. Enumerable.Repeat(1f, 4 * 64)];
        Assert.False(SparseProduct.TryMultiply<float>(x, new float[64 * 16], new float[4 * 16], 64, null));
        Assert.False(SparseProduct.TryMultiplyTransposed<float>(x, new float[4 * 16], new float[64 * 16], 64, accumulate: false, null));
    }

    [Fact]
    public void NaN_is_a_number_other_than_zero_and_stays_in_its_row()
    {
        var x = new float[3 * 64];
        (x[64], x[65]) = (float.NaN, -0f);
        float[] w = [.. Enumerable.Repeat(1f, 64 * 16)];
        var z = new float[3 * 16];
        Assert.True(SparseProduct.TryMultiply<float>(x, w, z, 64, null));
        Assert.Equal([0, float.NaN, 0], [z[0], z[16 + 15], z[32]]);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var x = new float[256 * 1010];
        for (var row = 0; row < 256; row++)
            x[(row * 1010) + (row * 3)] = 1;
        var (w, z) = (new float[1010 * 64], new float[256 * 64]);
        Measure();
        Assert.Equal(0, Measure());

        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            LayerProduct.Forward<float>(x, w, z, 1010, null);
            LayerProduct.WeightGradient<float>(x, z, w, 1010, accumulate: false, null);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static void Check<T>(int rows, int numbers, int categories, int units, Team team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new System.Random(rows + units);
        var inputs = numbers + categories;
        var x = new T[rows * inputs];
        for (var row = 0; row < rows; row++)
        {
            Fill(x.AsSpan(row * inputs, numbers), random);
            if (row % 7 != 3) // otherwise a category that has no input
                x[(row * inputs) + numbers + random.Next(categories)] = T.One;
        }

        var (w, dz, z, dw) = (new T[inputs * units], new T[rows * units], new T[rows * units], new T[inputs * units]);
        Fill(w, random);
        Fill(dz, random);
        var (expectedZ, expectedDw) = (new T[z.Length], new T[dw.Length]);
        var xs = new ReadOnlyView<T>(x, rows, inputs);
        var dzs = new ReadOnlyView<T>(dz, rows, units);
        MatrixProduct.MultiplyReference(xs, new ReadOnlyView<T>(w, inputs, units), new View<T>(expectedZ, rows, units));
        foreach (var threads in new[] { null, team })
        {
            Fill(z, random);
            Assert.True(SparseProduct.TryMultiply<T>(x, w, z, inputs, threads));
            Assert.Equal(expectedZ, z);
            foreach (var accumulate in new[] { false, true })
            {
                Fill(dw, random);
                dw.CopyTo(expectedDw, 0);
                MatrixProduct.MultiplyReference(xs.Transposed, dzs, new View<T>(expectedDw, inputs, units), accumulate);
                Assert.True(SparseProduct.TryMultiplyTransposed<T>(x, dz, dw, inputs, accumulate, threads));
                Assert.Equal(expectedDw, dw);
            }
        }
    }

    private static void Fill<T>(Span<T> numbers, System.Random random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ref var number in numbers)
            number = T.CreateChecked(random.NextDouble() - 0.5);
    }
}
