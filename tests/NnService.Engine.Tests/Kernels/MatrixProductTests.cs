using System.Numerics;
using System.Runtime.Intrinsics.X86;
using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class MatrixProductTests
{
    /// <summary>How the numbers of one matrix lie in memory.</summary>
    public enum Layout
    {
        /// <summary>Rows without gaps.</summary>
        Rows,

        /// <summary>Rows with three elements between them.</summary>
        GappedRows,

        /// <summary>Columns without gaps: a transposed view.</summary>
        Columns,

        /// <summary>Gaps in both directions.</summary>
        Scattered,
    }

    public static TheoryData<string, string> VariantsOfThisMachine()
    {
        var data = new TheoryData<string, string>();
        foreach (var type in new[] { "float", "double" })
        {
            data.Add(nameof(ProductVariant.Portable), type);
            if (Avx2.IsSupported && Fma.IsSupported)
                data.Add(nameof(ProductVariant.Avx2), type);
            if (Avx512F.IsSupported)
                data.Add(nameof(ProductVariant.Avx512), type);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(VariantsOfThisMachine))]
    public void Every_variant_equals_the_reference_over_small_odd_shapes(string variant, string type)
    {
        // Each m and n from 1 to 70 with some k, and each k with some m and n; the seed differs by variant, so that together they see more shapes.
        var random = new System.Random(variant.Length + type.Length);
        using var team = new Team(2);
        for (var i = 1; i <= 70; i++)
        {
            foreach (var (m, k, n) in new[]
            {
                (i, Some(), Some()), (Some(), i, Some()), (Some(), Some(), i),
                (i, Some(), random.Next(1, 5)), (random.Next(1, 5), Some(), i), (i, random.Next(1, 5), Some()),
            })
            {
                CheckEither(variant, type, m, k, n, Any(), Any(), Any(), random.Next(2) == 0, random.Next(2) == 0 ? team : null);
            }
        }

        int Some() => random.Next(1, 71);

        Layout Any() => (Layout)random.Next(4);
    }

    [Theory]
    [MemberData(nameof(VariantsOfThisMachine))]
    public void Every_variant_equals_the_reference_for_all_odd_shapes_up_to_69(string variant, string type)
    {
        if (type == "float")
            CheckOddShapes<float>(Enum.Parse<ProductVariant>(variant));
        else
            CheckOddShapes<double>(Enum.Parse<ProductVariant>(variant));
    }

    [Theory]
    [MemberData(nameof(VariantsOfThisMachine))]
    public void Every_layout_and_accumulation_equals_the_reference(string variant, string type)
    {
        using var team = new Team(2);
        foreach (var (m, k, n) in new[] { (1, 1, 1), (1, 5, 3), (5, 3, 1), (1, 17, 150), (13, 11, 35), (66, 7, 41) })
        {
            foreach (var a in Enum.GetValues<Layout>())
            {
                foreach (var b in Enum.GetValues<Layout>())
                {
                    foreach (var c in Enum.GetValues<Layout>())
                    {
                        CheckEither(variant, type, m, k, n, a, b, c, accumulate: false, team: null);
                        CheckEither(variant, type, m, k, n, a, b, c, accumulate: true, team: null);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(VariantsOfThisMachine))]
    public void Shapes_of_networks_equal_the_reference_on_one_and_on_three_threads(string variant, string type)
    {
        using var team = new Team(3);
        // Deeper than a panel, wider than several, more rows than are read in place; forward, weight gradient, input gradient.
        foreach (var (m, k, n) in new[] { (20, 600, 130), (66, 530, 70), (1, 784, 128), (1, 300, 1000), (67, 600, 1), (96, 513, 10), (200, 30, 65) })
        {
            CheckEither(variant, type, m, k, n, Layout.Rows, Layout.Rows, Layout.Rows, accumulate: false, team: null);
            CheckEither(variant, type, m, k, n, Layout.Rows, Layout.Rows, Layout.Rows, accumulate: true, team);
            CheckEither(variant, type, m, k, n, Layout.Columns, Layout.Rows, Layout.Rows, accumulate: true, team);
            CheckEither(variant, type, m, k, n, Layout.Rows, Layout.Columns, Layout.Rows, accumulate: false, team);
        }
    }

    [Theory]
    [MemberData(nameof(VariantsOfThisMachine))]
    public void One_unit_over_any_number_of_rows_equals_the_reference(string variant, string type)
    {
        for (var rows = 1; rows <= 50; rows++)
        {
            foreach (var inputs in new[] { 1, 2, 3, 4, 5, 7, 8, 63, 66 })
            {
                CheckEither(variant, type, rows, inputs, 1, Layout.Rows, Layout.Rows, Layout.Rows, accumulate: false, team: null);
                CheckEither(variant, type, rows, inputs, 1, Layout.GappedRows, Layout.Rows, Layout.Rows, accumulate: true, team: null);
            }
        }
    }

    [Fact]
    public void The_public_door_equals_the_reference_down_to_single_elements()
    {
        for (var m = 1; m <= 5; m++)
        {
            for (var k = 1; k <= 5; k++)
            {
                for (var n = 1; n <= 5; n++)
                {
                    Check<double>(null, m, k, n, Layout.Rows, Layout.Rows, Layout.Rows, accumulate: false, team: null);
                    Check<float>(null, m, k, n, Layout.Columns, Layout.GappedRows, Layout.Rows, accumulate: true, team: null);
                    Check<float>(null, m, k, n, Layout.Rows, Layout.Columns, Layout.Columns, accumulate: false, team: null);
                }
            }
        }
    }

    // Four rows at a time, and those that are left.
    [Fact]
    public void A_single_column_equals_the_reference_for_every_number_of_rows()
    {
        for (var m = 1; m <= 13; m++)
            foreach (var k in new[] { 1, 2, 7, 30 })
                foreach (var layout in Enum.GetValues<Layout>())
                    foreach (var accumulate in new[] { false, true })
                    {
                        Check<float>(null, m, k, 1, layout, Layout.Rows, layout, accumulate, team: null);
                        Check<double>(null, m, k, 1, layout, layout, Layout.GappedRows, accumulate, team: null);
                    }
    }

    [Fact]
    public void Nothing_to_sum_gives_zero_or_leaves_c()
    {
        float[] c = [1, 2, 3, 4];
        MatrixProduct.Multiply(new ReadOnlyView<float>([], 2, 0), new ReadOnlyView<float>([], 0, 2), new View<float>(c, 2, 2), accumulate: true);
        Assert.Equal([1, 2, 3, 4], c);
        MatrixProduct.Multiply(new ReadOnlyView<float>([], 2, 0), new ReadOnlyView<float>([], 0, 2), new View<float>(c, 2, 2));
        Assert.Equal([0, 0, 0, 0], c);
        MatrixProduct.Multiply(new ReadOnlyView<float>([], 0, 3), new ReadOnlyView<float>(new float[6], 3, 2), new View<float>([], 0, 2));
    }

    [Fact]
    public void Infinities_and_NaN_stay_in_their_row_and_column()
    {
        // What a masked lane reads must never leak: 0 · ∞ is NaN.
        var (m, k, n) = (9, 5, 19);
        var a = Enumerable.Repeat(1f, m * k).ToArray();
        var b = Enumerable.Repeat(1f, k * n).ToArray();
        (a[(3 * k) + 2], b[(4 * n) + 18]) = (float.NaN, float.PositiveInfinity);
        var c = new float[m * n];
        MatrixProduct.Multiply(new ReadOnlyView<float>(a, m, k), new ReadOnlyView<float>(b, k, n), new View<float>(c, m, n));
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
                Assert.Equal(i == 3 ? float.NaN : j == 18 ? float.PositiveInfinity : 5, c[(i * n) + j]);
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused_with_their_sizes()
    {
        var error = Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(
            new ReadOnlyView<float>(new float[6], 2, 3), new ReadOnlyView<float>(new float[8], 4, 2), new View<float>(new float[4], 2, 2)));
        Assert.Equal("A matrix of 2 x 3 times one of 4 x 2 does not give one of 2 x 2.", error.Message);
    }

    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(32, 64, 64)]
    [InlineData(140, 40, 140)]
    public void A_product_allocates_nothing(int m, int k, int n)
    {
        var (a, b, c) = (new float[m * k], new float[k * n], new float[m * n]);
        using var team = new Team(2);
        Measure(); // The first call of a thread makes its panel.
        Assert.Equal(0, Measure());

        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 3; i++)
            {
                MatrixProduct.Multiply(new ReadOnlyView<float>(a, m, k), new ReadOnlyView<float>(b, k, n), new View<float>(c, m, n), accumulate: false, team);
                MatrixProduct.Multiply(
                    new ReadOnlyView<float>(a, m, k), new ReadOnlyView<float>(b, n, k).Transposed, new View<float>(c, m, n), accumulate: true);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>
    /// All 35³ shapes of m, k, n from 1, 3, …, 69, each with the transpositions that forward pass and gradients use, in turn. An element depends on its row
    /// of A, its column of B and k alone, so that one reference of 69 x k x 69 holds the answers of all m and n.
    /// </summary>
    private static void CheckOddShapes<T>(ProductVariant variant)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int most = 69;
        var random = new System.Random(most);
        var actual = new T[(most * most) + 1];
        var expected = new T[most * most];
        for (var k = 1; k <= most; k += 2)
        {
            var (a, b, aTurned, bTurned) = (new T[most * k], new T[k * most], new T[k * most], new T[most * k]);
            Fill(a, aTurned, most, k);
            Fill(b, bTurned, k, most);
            MatrixProduct.MultiplyReference(new ReadOnlyView<T>(a, most, k), new ReadOnlyView<T>(b, k, most), new View<T>(expected, most, most));
            for (var m = 1; m <= most; m += 2)
            {
                for (var n = 1; n <= most; n += 2)
                {
                    var kind = (m + k + n) / 2 % 3;
                    var left = kind == 1 ? new ReadOnlyView<T>(aTurned, k, m, most).Transposed : new ReadOnlyView<T>(a, m, k);
                    var right = kind == 2 ? new ReadOnlyView<T>(bTurned, n, k).Transposed : new ReadOnlyView<T>(b, k, n, most);
                    var accumulate = (m + n) % 4 == 0;
                    var canary = T.CreateTruncating(m + n);
                    actual.AsSpan(0, m * n).Fill(accumulate ? T.Zero : canary);
                    actual[m * n] = canary;
                    MatrixProduct.Multiply(left, right, new View<T>(actual, m, n), accumulate, team: null, variant);
                    var equal = actual[m * n] == canary;
                    for (var row = 0; row < m; row++)
                        equal &= actual.AsSpan(row * n, n).SequenceEqual(expected.AsSpan(row * most, n));
                    if (!equal)
                        Assert.Fail($"{variant} {typeof(T).Name} {m} x {k} x {n}, transposed {kind}, accumulate {accumulate}");
                }
            }
        }

        void Fill(T[] matrix, T[] turned, int rows, int columns)
        {
            for (var i = 0; i < matrix.Length; i++)
                turned[(i % columns * rows) + (i / columns)] = matrix[i] = T.CreateTruncating((2 * random.NextDouble()) - 1);
        }
    }

    private static void CheckEither(string variant, string type, int m, int k, int n, Layout a, Layout b, Layout c, bool accumulate, Team? team)
    {
        var which = Enum.Parse<ProductVariant>(variant);
        if (type == "float")
            Check<float>(which, m, k, n, a, b, c, accumulate, team);
        else
            Check<double>(which, m, k, n, a, b, c, accumulate, team);
    }

    /// <summary>Compares all of C's memory, the canaries between and around its elements included, with the reference's; null is the public door.</summary>
    private static void Check<T>(ProductVariant? variant, int m, int k, int n, Layout aLayout, Layout bLayout, Layout cLayout, bool accumulate, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new System.Random((m * 5000) + (k * 70) + n);
        var (aSize, aRow, aColumn) = Strides(m, k, aLayout);
        var (bSize, bRow, bColumn) = Strides(k, n, bLayout);
        var (cSize, cRow, cColumn) = Strides(m, n, cLayout);
        var a = new ReadOnlyView<T>(Numbers(aSize), m, k, aRow, aColumn);
        var b = new ReadOnlyView<T>(Numbers(bSize), k, n, bRow, bColumn);
        const int margin = 40;
        var expected = Numbers(cSize + (2 * margin));
        var actual = expected.ToArray();
        MatrixProduct.MultiplyReference(a, b, new View<T>(expected.AsSpan(margin), m, n, cRow, cColumn), accumulate);
        var c = new View<T>(actual.AsSpan(margin), m, n, cRow, cColumn);
        if (variant is null)
            MatrixProduct.Multiply(a, b, c, accumulate, team);
        else
            MatrixProduct.Multiply(a, b, c, accumulate, team, variant.Value);
        if (!actual.AsSpan().SequenceEqual(expected))
            Assert.Fail($"{variant} {typeof(T).Name} {m} x {k} x {n}, {aLayout} {bLayout} {cLayout}, accumulate {accumulate}, team {team?.Threads}");

        T[] Numbers(int count)
        {
            var numbers = new T[count];
            for (var i = 0; i < count; i++)
                numbers[i] = T.CreateTruncating((2 * random.NextDouble()) - 1);
            return numbers;
        }
    }

    private static (int Size, int RowStride, int ColumnStride) Strides(int rows, int columns, Layout layout)
    {
        var (row, column) = layout switch
        {
            Layout.Rows => (columns, 1),
            Layout.GappedRows => (columns + 3, 1),
            Layout.Columns => (1, rows),
            _ => (2, (2 * rows) + 1),
        };
        return (((rows - 1) * row) + ((columns - 1) * column) + 1, row, column);
    }
}
