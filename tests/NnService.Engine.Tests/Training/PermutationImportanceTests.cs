using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;
using NnService.Engine.Training.Importance;

namespace NnService.Engine.Tests.Training;

public class PermutationImportanceTests
{
    // y = 3 a + 1 b + 0 c, and the model knows just that.
    [Fact]
    public void A_column_is_as_important_as_the_error_without_it()
    {
        var (model, table, truth, rows) = Linear([3, 1, 0], row => (3.0 * A(row)) + B(row));

        PermutationImportance importance = PermutationImportance.Of(model, table, rows, truth, 50, 1)!;

        Assert.Equal(("rootMeanSquaredError", 0.0, 200), (importance.Metric, importance.Value, importance.Rows));
        Assert.Equal(["a", "b", "c"], importance.Columns.Select(column => column.Name));
        // Of independent shuffles E (a − a′)² = 2 Var a: the error grows to 3 √(2 Var a).
        double spread = Math.Sqrt(2 * Variance(rows.Select(row => (double)A(row))));
        Assert.InRange(importance.Columns[0].Importance, 3 * spread * 0.98, 3 * spread * 1.02);
        Assert.InRange(importance.Columns[0].Importance, importance.Columns[0].Interval[0], importance.Columns[0].Interval[1]);
        Assert.InRange(importance.Columns[0].Importance / importance.Columns[1].Importance, 2.5, 4);
        Assert.Equal((0.0, 0.0, 0.0), (importance.Columns[2].Importance, importance.Columns[2].Interval[0], importance.Columns[2].Interval[1]));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_other_ones()
    {
        var (model, table, truth, rows) = Linear([3, 1, 0], row => (3.0 * A(row)) + B(row));

        var first = PermutationImportance.Of(model, table, rows, truth, 3, 1)!;

        Assert.Equal(First(first), First(PermutationImportance.Of(model, table, rows, truth, 3, 1)!));
        Assert.NotEqual(First(first), First(PermutationImportance.Of(model, table, rows, truth, 3, 2)!));

        static double First(PermutationImportance importance) => importance.Columns[0].Importance;
    }

    [Fact]
    public void What_was_shuffled_stands_in_its_place_again_for_the_next_column()
    {
        var (model, table, truth, rows) = Linear([3, 1, 0], row => (3.0 * A(row)) + B(row), 1200);

        PermutationImportance importance = PermutationImportance.Of(model, table, rows, truth, 3, 1)!;

        Assert.Equal(0.0, importance.Value);
        Assert.Equal(("c", 0.0), (importance.Columns[2].Name, importance.Columns[2].Importance)); // no error but that of a cell of a or b elsewhere
    }

    [Fact]
    public void Rows_are_chosen_in_their_order_where_they_are_too_many()
    {
        int[] chosen = PermutationImportance.Choose([.. Enumerable.Range(10, 1000)], 100, 3);

        Assert.Equal(100, chosen.Distinct().Count());
        Assert.Equal(chosen.Order(), chosen);
        Assert.Equal([4, 5], PermutationImportance.Choose([4, 5], 100, 3));
    }

    [Fact]
    public void What_would_take_too_long_is_not_begun()
    {
        var network = new NetworkSpec { Inputs = 1000, Layers = [new DenseSpec { Units = 8192 }, new DenseSpec { Units = 8192 }, new DenseSpec { Units = 1 }] };
        var features = FeatureEncoding.Identity([.. Enumerable.Range(0, 1000).Select(i => $"x{i}")]);

        Assert.Equal(0, PermutationImportance.RowsFor(NetworkShape.Of(network, null, 1).MultiplyAddsPerRow!.Value, features, 1, 1000, 10));
        Assert.Equal(1000, PermutationImportance.RowsFor(1000, features, 1, 1000, 10));
    }

    [Fact]
    public void Of_many_inputs_fewer_rows_are_asked_about_however_few_units_read_them()
    {
        var features = FeatureEncoding.Identity([.. Enumerable.Range(0, 1000).Select(i => $"x{i}")]);

        Assert.Equal(2000, PermutationImportance.RowsFor(1000, features, 1, 8000, 10)); // a linear model: 10 for each input, 1,000 columns, 10 shuffles
        Assert.Equal(2000, PermutationImportance.RowsFor(10_000, features, 1, 8000, 10));
        Assert.Equal(1000, PermutationImportance.RowsFor(20_000, features, 1, 8000, 10));
    }

    [Fact]
    public void Of_many_labels_fewer_rows_are_asked_about()
    {
        var features = FeatureEncoding.Identity(["x"]);

        Assert.Equal(65_536, PermutationImportance.RowsFor(128, features, 128, 100_000, 10));
        Assert.Equal(838, PermutationImportance.RowsFor(10_000, features, 10_000, 100_000, 10));
        Assert.Equal(134_100_112, PermutationImportance.BytesFor(838, 1, 10_000));
    }

    private static (TrainedModel Model, Table Table, Truth Truth, int[] Rows) Linear(double[] weights, Func<int, double> target, int count = 200)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        Table table = Tables.Csv("a,b,c,y\n" + string.Concat(rows.Select(row => FormattableString.Invariant($"{A(row)},{B(row)},{row % 3}.5,{target(row)}\n"))));
        var encoding = TargetEncoding.Fit(table, ["y"], TaskKind.Regression, null, TargetScaling.None, rows);
        var network = new NetworkSpec { Inputs = 3, Layers = [new DenseSpec { Units = 1, Weights = [.. weights.Select(weight => new[] { weight })], Bias = [0.0] }] };
        var description = new ModelDescription
        {
            Network = network,
            Features = FeatureEncoding.Identity(["a", "b", "c"]),
            Target = encoding,
            Precision = Precision.Float64,
        };
        return (TrainedModel.FromExplicitWeights(description, network), table, new Truth(encoding, table, rows), rows);
    }

    private static int A(int row) => row * 7 % 13;

    private static int B(int row) => row * 5 % 11;

    private static double Variance(IEnumerable<double> numbers) => numbers.Average(number => Math.Pow(number - numbers.Average(), 2));
}
