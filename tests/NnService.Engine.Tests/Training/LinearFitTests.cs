using System.Numerics;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

public sealed class LinearFitTests
{
    private const int UnitRows = 400;

    [Fact]
    public void Ridge_regression_solves_its_normal_equations()
    {
        // x = 0, 1, 2, 3; y = 1, 3, 5, 9. Centred: Σxy = 13, Σx² = 5, so w = 13 / (5 + 1) and b = 4.5 − 1.5 w.
        var found = LinearFit.Parameters(new MemorySamples<double>([0, 1, 2, 3], 1, [1, 3, 5, 9], 1), new MeanSquaredErrorSpec(), null);

        Assert.Equal(13.0 / 6, found[0], 1e-4);
        Assert.Equal(4.5 - (1.5 * 13 / 6), found[1], 1e-4);
    }

    // At the minimum of Σ error² + ‖w‖² every w is Σ error · (x − its mean).
    [Fact]
    public void Ridge_regression_finds_the_least_weights_of_more_inputs_than_rows()
    {
        const int Rows = 80, Inputs = 1500;
        var random = new System.Random(3);
        float[] inputs = [.. Enumerable.Range(0, Rows * Inputs).Select(_ => (float)((3.4 * random.NextDouble()) - 1.7))];
        float[] targets = [.. Enumerable.Range(0, Rows).Select(row => inputs[row * Inputs] + (float)random.NextDouble())];
        var passes = 0;

        var found = LinearFit.Parameters(
            new MemorySamples<float>(inputs, Inputs, targets, 1), new MeanSquaredErrorSpec(), null, () => ++passes < 0);

        double[] errors = [.. Enumerable.Range(0, Rows).Select(row =>
            targets[row] - found[^1] - Enumerable.Range(0, Inputs).Sum(i => (double)inputs[(row * Inputs) + i] * found[i]))];
        var norm = Math.Sqrt(found.Take(Inputs).Sum(weight => (double)weight * weight));
        var distance = Math.Sqrt(Enumerable.Range(0, Inputs)
            .Sum(i => Math.Pow(Enumerable.Range(0, Rows).Sum(row => errors[row] * inputs[(row * Inputs) + i]) - found[i], 2)));
        Assert.InRange(norm, 0.05, 0.5);
        Assert.InRange(distance / norm, 0, 1e-3);
        Assert.InRange(passes, 5, 25);
    }

    [Fact]
    public void Row_weights_count_like_repeated_rows()
    {
        var weighted = LinearFit.Parameters(new MemorySamples<double>([-1, 0, 2], 1, [0, 1, 1], 1, [2, 1, 3]), new BinaryCrossEntropySpec(), null);
        var repeated = LinearFit.Parameters(new MemorySamples<double>([-1, -1, 0, 2, 2, 2], 1, [0, 0, 1, 1, 1, 1], 1), new BinaryCrossEntropySpec(), null);

        Assert.Equal(repeated[0], weighted[0], 1e-4);
        Assert.Equal(repeated[1], weighted[1], 1e-4);
    }

    // Where the weights summed to 1, the penalty was all that counted, and every answer the mean.
    [Theory]
    [InlineData(0.01)]
    [InlineData(1.0 / UnitRows)]
    [InlineData(1e-20)]
    public void The_unit_of_small_weights_does_not_matter(double unit)
    {
        foreach (var isRegression in new[] { true, false })
            foreach (var isCompact in new[] { true, false })
            {
                Near(UnitFit<double>(1, isRegression, isCompact), UnitFit<double>(unit, isRegression, isCompact));
                Near(UnitFit<float>(1, isRegression, isCompact), UnitFit<float>(unit, isRegression, isCompact));
            }

        static void Near<T>(T[] expected, T[] found)
            where T : IBinaryFloatingPointIeee754<T>
        {
            Assert.Contains(expected, parameter => T.Abs(parameter) > T.One);
            foreach (var (one, other) in expected.Zip(found))
                Assert.Equal(double.CreateChecked(one), double.CreateChecked(other), 1e-3);
        }
    }

    // A fourth of the rows weighs nothing, and one class half of the other.
    private static T[] UnitFit<T>(double unit, bool isRegression, bool isCompact)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        string[] names = ["u", "v", "w"];
        RowLayout layout = new(
            [new FeatureColumn { Name = "c", Type = ColumnType.Category, Categories = names }, new FeatureColumn { Name = "x", Type = ColumnType.Number }]);
        var (compact, all) = (new T[UnitRows * 2], new T[UnitRows * layout.Width]);
        var (targets, weights) = (new T[UnitRows], new T[UnitRows]);
        for (var row = 0; row < UnitRows; row++)
        {
            (compact[2 * row], compact[(2 * row) + 1]) = (T.CreateChecked(row % 3), T.CreateChecked(Math.Sin(row)));
            layout.Spread(compact.AsSpan(2 * row, 2), all.AsSpan(row * layout.Width, layout.Width));
            var value = (row % 3) + (2 * Math.Sin(row)) + Math.Sin(7.7 * row);
            targets[row] = T.CreateChecked(isRegression ? value : value > 1 ? 1 : 0);
            weights[row] = T.CreateChecked(unit * (row % 4 == 0 ? 0 : 1) * (value > 1 ? 1 : 0.5));
        }

        var samples = isCompact ? new MemorySamples<T>(compact, layout, targets, 1, weights) : new MemorySamples<T>(all, layout.Width, targets, 1, weights);
        return LinearFit.Parameters(samples, isRegression ? new MeanSquaredErrorSpec() : new BinaryCrossEntropySpec(), null);
    }

    // One output, three, and so many that only the label's index is kept.
    [Theory]
    [InlineData(2, 0.1)]
    [InlineData(3, 0.9)]
    [InlineData(40, 0.9)]
    public void Label_smoothing_is_undone(int labels, double smoothing)
    {
        Same<float>();
        Same<double>();

        void Same<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var table = Tables.Csv("a,b,kind\n" + string.Concat(Enumerable.Range(0, 240).Select(row => $"{row % 13},{row % 29},k{row * 7 % labels}\n")));
            var (rows, outputs) = (Tables.AllRows(table), labels == 2 ? 1 : labels);
            var target = TargetEncoding.Fit(
                table, ["kind"], labels == 2 ? TaskKind.BinaryClassification : TaskKind.MulticlassClassification, null, default, rows);
            var encoder = new SampleEncoder(FeatureEncoding.Identity(["a", "b"]), target, outputs);
            LossSpec loss = labels == 2 ? new BinaryCrossEntropySpec() : new SoftmaxCrossEntropySpec();

            var plain = LinearFit.Parameters(encoder.Encode<T>(table, rows), loss, null);
            var smoothed = LinearFit.Parameters((encoder with { LabelSmoothing = smoothing }).Encode<T>(table, rows), loss, null, labelSmoothing: smoothing);

            Assert.Equal(plain, smoothed);
            Assert.Contains(plain, parameter => parameter != T.Zero);
        }
    }

    [Fact]
    public void Several_threads_find_the_same_bits()
    {
        const int Rows = 3000, Inputs = 40, Outputs = 5;
        var inputs = Enumerable.Range(0, Rows * Inputs).Select(i => (float)((i * 7919L % 1009 / 504.0) - 1)).ToArray();
        var targets = new float[Rows * Outputs];
        for (var row = 0; row < Rows; row++)
            targets[(row * Outputs) + (row * 31 % Outputs)] = 1;
        var samples = new MemorySamples<float>(inputs, Inputs, targets, Outputs);

        using var team = new Team(2);
        var alone = LinearFit.Parameters(samples, new SoftmaxCrossEntropySpec(), null);
        var together = LinearFit.Parameters(samples, new SoftmaxCrossEntropySpec(), team);

        Assert.Equal(alone, together);
        Assert.Contains(alone, parameter => parameter != 0);
    }

    // At the minimum of Σ −ln p + ½‖w‖² every Σ (p − y) xᵢ + wᵢ is 0, and so is Σ (p − y).
    [Fact]
    public void Columns_of_sizes_far_apart_are_all_fitted()
    {
        const int Rows = 400;
        double[] sizes = [1e-3, 0.4, 1, 30, 900, 5e4];
        double[] offsets = [0, 0.2, -3, 120, 100, 2e5];
        double[] inputs = [.. Enumerable.Range(0, Rows).SelectMany(row => sizes.Select((size, i) => offsets[i] + (size * Math.Sin((row * (i + 1.3)) + i))))];
        double[] targets = [.. Enumerable.Range(0, Rows).Select(row =>
            sizes.Select((size, i) => (inputs[(row * sizes.Length) + i] - offsets[i]) / size).Sum() + (2 * Math.Sin(7.7 * row)) > 0.5 ? 1.0 : 0)];

        var found = LinearFit.Parameters(new MemorySamples<double>(inputs, sizes.Length, targets, 1), new BinaryCrossEntropySpec(), null);

        var (gradient, loss) = (new double[sizes.Length + 1], 0.0);
        for (var row = 0; row < Rows; row++)
        {
            var x = inputs.AsSpan(row * sizes.Length, sizes.Length).ToArray();
            var p = 1 / (1 + Math.Exp(-(x.Zip(found, (value, weight) => value * weight).Sum() + found[^1])));
            for (var i = 0; i < sizes.Length; i++)
                gradient[i] += (p - targets[row]) * (x[i] - offsets[i]);
            gradient[^1] += p - targets[row];
            loss -= Math.Log(targets[row] == 1 ? p : 1 - p);
        }

        for (var i = 0; i < sizes.Length; i++)
            Assert.Equal(0, (gradient[i] + found[i]) / (Rows * Math.Max(sizes[i], 1 / Math.Sqrt(Rows))), 1e-4);
        Assert.Equal(0, gradient[^1] / Rows, 1e-4);
        Assert.InRange(loss / Rows, 0.3, 0.62); // ln 2 without any column
    }

    [Fact]
    public void A_fit_ends_where_its_operations_are_used_up()
    {
        double[] inputs = [.. Enumerable.Range(0, 200).SelectMany(row => new[] { Math.Sin(row), Math.Sin(row) + (0.1 * Math.Sin(3 * row)), Math.Sin(5 * row) })];
        double[] targets = [.. Enumerable.Range(0, 200).Select(row => Math.Sin(3 * row) + Math.Sin(5 * row) + Math.Sin(77 * row) > 0.3 ? 1.0 : 0)];
        var samples = new MemorySamples<double>(inputs, 3, targets, 1);
        var passes = 0;
        bool Count() => ++passes < 0;

        LinearFit.Parameters(samples, new BinaryCrossEntropySpec(), null, Count, mostOperations: 1);
        var few = passes;
        LinearFit.Parameters(samples, new BinaryCrossEntropySpec(), null, Count);

        Assert.InRange(few, 1, 5);
        Assert.True(passes - few > few);
    }

    // Category, two numbers, category with a missing cell's input, number; some rows have a category without an input.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(40)]
    public void Categories_as_indexes_are_fitted_to_the_same_bits_as_all_their_inputs(int outputs)
    {
        const int Rows = 2500, Width = 6;
        RowLayout layout = new(
        [
            Column(ColumnType.Category, 30), Column(ColumnType.Number, 0), Column(ColumnType.Number, 0),
            Column(ColumnType.Category, 250) with { MissingIndicator = true }, Column(ColumnType.Number, 0),
        ]);
        Assert.Equal(Width, layout.CompactWidth);
        var (compact, all, targets) = (new float[Rows * Width], new float[Rows * layout.Width], new float[Rows * outputs]);
        for (var row = 0; row < Rows; row++)
        {
            float[] own = [(row * 7 % 31) - 1, MathF.Sin(row), MathF.Cos(3 * row), (row * row % 251) - 1, row % 9 == 0 ? 1 : 0, MathF.Sin(5 * row)];
            own.CopyTo(compact.AsSpan(row * Width));
            layout.Spread(own, all.AsSpan(row * layout.Width, layout.Width));
            targets[(row * outputs) + (row * row % 251 % outputs)] = own[1] > 0 || outputs > 1 ? 1 : 0;
        }

        LossSpec loss = outputs == 1 ? new BinaryCrossEntropySpec() : new SoftmaxCrossEntropySpec();
        var one = LinearFit.Parameters(new MemorySamples<float>(compact, layout, targets, outputs), loss, null);
        var other = LinearFit.Parameters(new MemorySamples<float>(all, layout.Width, targets, outputs), loss, null);

        Assert.Equal(other, one);
        Assert.Contains(one, parameter => parameter != 0);

        static FeatureColumn Column(ColumnType type, int categories) =>
            new() { Name = "c", Type = type, Categories = [.. Enumerable.Range(0, categories).Select(i => $"v{i:D3}")] };
    }

    // Their means and deviations come from counts, and end in other digits than row by row.
    [Fact]
    public void Very_many_categories_are_fitted_alike()
    {
        const int Rows = 3000, Categories = 300;
        string[] names = [.. Enumerable.Range(0, Categories).Select(i => $"v{i:D3}")];
        RowLayout layout = new([new FeatureColumn { Name = "c", Type = ColumnType.Category, Categories = names }]);
        float[] compact = [.. Enumerable.Range(0, Rows).Select(row => row * row % (Categories + 1) - 1f)];
        float[] targets = [.. Enumerable.Range(0, Rows).Select(row => MathF.Sin(compact[row]) + (0.1f * MathF.Sin(row)))];
        var all = new float[Rows * Categories];
        for (var row = 0; row < Rows; row++)
            layout.Spread(compact.AsSpan(row, 1), all.AsSpan(row * Categories, Categories));

        var one = LinearFit.Parameters(new MemorySamples<float>(compact, layout, targets, 1), new MeanSquaredErrorSpec(), null);
        var other = LinearFit.Parameters(new MemorySamples<float>(all, Categories, targets, 1), new MeanSquaredErrorSpec(), null);

        for (var i = 0; i < one.Length; i++)
            Assert.Equal(other[i], one[i], 1e-4);
        Assert.Contains(one, parameter => Math.Abs(parameter) > 0.3);
    }

    [Fact]
    public void A_fit_that_is_cut_short_says_after_how_many_passes()
    {
        double[] inputs = [.. Enumerable.Range(0, 200).SelectMany(row =>
            new[] { Math.Sin(row), Math.Sin(row) + (0.1 * Math.Sin(3 * row)), Math.Sin(5 * row) })];
        double[] targets = [.. Enumerable.Range(0, 200).Select(row => Math.Sin(3 * row) + Math.Sin(5 * row) + Math.Sin(77 * row) > 0.3 ? 1.0 : 0)];
        var samples = new MemorySamples<double>(inputs, 3, targets, 1);

        Assert.Equal(5, LinearFit.Of(samples, new BinaryCrossEntropySpec(), null, mostOperations: 1).CutShortAfter);
        Assert.Null(LinearFit.Of(samples, new BinaryCrossEntropySpec(), null).CutShortAfter);
    }

    // A target that is a sum of its columns: soon nothing is left but the rounding of float32, in which no step finds a way down.
    [Theory]
    [InlineData(10)]
    [InlineData(500)]
    public void A_target_that_is_a_linear_model_is_fitted_in_a_few_passes(int categories)
    {
        const int Rows = 20_000, Numbers = 10, MostPasses = 15;
        string[] names = [.. Enumerable.Range(0, categories).Select(i => $"v{i:D4}")];
        RowLayout layout = new(
        [
            .. Enumerable.Range(0, Numbers).Select(i => new FeatureColumn { Name = $"x{i}", Type = ColumnType.Number }),
            new FeatureColumn { Name = "c", Type = ColumnType.Category, Categories = names },
        ]);
        var random = new System.Random(1);
        var (compact, targets) = (new float[Rows * (Numbers + 1)], new float[Rows]);
        for (var row = 0; row < Rows; row++)
        {
            var own = compact.AsSpan(row * (Numbers + 1), Numbers + 1);
            for (var i = 0; i < Numbers; i++)
                targets[row] += own[i] = (float)((2 * random.NextDouble()) - 1);
            own[Numbers] = random.Next(categories);
        }

        var (found, cutShortAfter) = LinearFit.Of(
            new MemorySamples<float>(compact, layout, targets, 1), new MeanSquaredErrorSpec(), null,
            mostOperations: MostPasses * 4.0 * Rows * (layout.Width + 1));

        Assert.Null(cutShortAfter);
        for (var i = 0; i < found.Length; i++)
            Assert.Equal(i < Numbers ? 1 : 0, found[i], 1e-3);
    }
}
