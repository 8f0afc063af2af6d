using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class LayerProductTests
{
    public static TheoryData<int, string, int> Shapes => new()
    {
        { 1, "z40", 8 }, { 1, "n3 z1100", 64 }, { 5, "n2 z60", 9 }, { 33, "n1 z2100", 21 }, { 64, "n10 z1010", 64 }, { 70, "n4 z300", 77 },
        { 256, "n10 z1010", 130 }, { 256, "n160 z1000", 256 }, { 40, "z200 n70 z64 n1 z33", 48 }, { 100, "z10 z10 n5 z400 n300 z90", 32 },
        { 9, "z9000 n40", 8 }, { 7, "n64", 16 }, { 3, "z63 n1", 16 }, { 2, "n0", 5 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Products_of_inputs_of_which_many_are_zero_have_the_bits_of_the_whole_products(int rows, string columns, int units)
    {
        using var team = new Team(2);
        Check<float>(rows, columns, units, team);
        Check<double>(rows, columns, units, team);
    }

    [Theory]
    [InlineData("n10 z1014", 64, "0 32 dense, 32 992 sparse")]
    [InlineData("n160 z1000", 256, "0 160 dense, 160 1000 sparse")]
    [InlineData("z128 n64 z64", 64, "0 128 sparse, 128 64 dense, 192 64 sparse")]
    [InlineData("z128 n64 z32", 64, "0 128 sparse, 128 96 dense")] // so short a run is no gain
    [InlineData("n784", 128, "0 784 dense")]
    [InlineData("z1000", 4, "0 1000 dense")] // into so few units
    [InlineData("z10 z10 z10 z10 z10 z10 z10 z10 z10 z10", 64, "0 100 sparse")]
    [InlineData("z5 z5 z5 z5 z5 z5 z5 z5 z5 z5 z5 z5 z5 z5 z5", 64, "0 75 dense")]
    public void Runs_are_told_from_some_rows(string columns, int units, string expected)
    {
        var x = Rows<float>(50, columns, new System.Random(1), out var inputs);
        var runs = new InputRuns<float>(x, inputs, units, new int[InputRuns<float>.MostBlocks]);
        var told = new List<string>();
        while (runs.MoveNext())
            told.Add($"{runs.Start} {runs.Length} {(runs.Numbers is null ? "dense" : "sparse")}");
        Assert.Equal(expected, string.Join(", ", told));
    }

    [Fact]
    public void NaN_is_a_number_other_than_zero_and_stays_in_its_row()
    {
        var x = new float[3 * 64];
        (x[64], x[65]) = (float.NaN, -0f);
        float[] w = [.. Enumerable.Repeat(1f, 64 * 16)];
        var z = new float[3 * 16];
        LayerProduct.Forward<float>(x, w, z, 64, null);
        Assert.Equal([0, float.NaN, 0], [z[0], z[16 + 15], z[32]]);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        var x = Rows<float>(256, "n10 z1000", new System.Random(1), out var inputs);
        var (w, z) = (new float[inputs * 64], new float[256 * 64]);
        Measure();
        Assert.Equal(0, Measure());

        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            LayerProduct.Forward<float>(x, w, z, inputs, null);
            LayerProduct.WeightGradient<float>(x, z, w, inputs, accumulate: false, null);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    // n12: twelve numbers; z12: one of twelve inputs is 1, in some rows none.
    private static T[] Rows<T>(int rows, string columns, System.Random random, out int inputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var parts = columns.Split(' ').Select(part => (IsNumbers: part[0] == 'n', Width: int.Parse(part[1..]))).ToList();
        inputs = Math.Max(1, parts.Sum(part => part.Width));
        var x = new T[rows * inputs];
        for (var row = 0; row < rows; row++)
        {
            var at = row * inputs;
            foreach (var (isNumbers, width) in parts)
            {
                if (isNumbers)
                    Fill(x.AsSpan(at, width), random);
                else if (row % 7 != 3)
                    x[at + random.Next(width)] = T.One;
                at += width;
            }
        }

        return x;
    }

    private static void Check<T>(int rows, string columns, int units, Team team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new System.Random(rows + units);
        var x = Rows<T>(rows, columns, random, out var inputs);
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
            LayerProduct.Forward<T>(x, w, z, inputs, threads);
            Assert.Equal(expectedZ, z);
            foreach (var accumulate in new[] { false, true })
            {
                Fill(dw, random);
                dw.CopyTo(expectedDw, 0);
                MatrixProduct.MultiplyReference(xs.Transposed, dzs, new View<T>(expectedDw, inputs, units), accumulate);
                LayerProduct.WeightGradient<T>(x, dz, dw, inputs, accumulate, threads);
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
