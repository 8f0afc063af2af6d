using NnService.Engine.Activations;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Explain;
using NnService.Engine.Layers;
using NnService.Engine.Losses;

namespace NnService.Engine.Tests.Explain;

/// <summary>How a formula names the inputs of a network beside the columns they come from.</summary>
public class FormulaTests
{
    [Fact]
    public void An_input_that_is_a_column_of_its_name_has_no_equation() =>
        Assert.Equal(["y = x1 + 2·x2", "", "z = y"], Of(Plain("x1"), Plain("x2")));

    [Fact]
    public void An_input_has_the_equation_of_its_column() =>
        Assert.Equal(["x1 = (a - 3) / 2", "x2 = b", "", "y = x1 + 2·x2", "", "z = y"], Of(Plain("a") with { Shift = 3, Scale = 2 }, Plain("b")));

    [Fact]
    public void Inputs_are_called_otherwise_where_a_column_has_the_name_of_another_one()
    {
        Assert.Equal(["u1 = x2", "u2 = x1", "", "y = u1 + 2·u2", "", "z = y"], Of(Plain("x2"), Plain("x1")));
        Assert.Equal(["u1 = (x1 - 3) / 2", "u2 = b", "", "y = u1 + 2·u2", "", "z = y"], Of(Plain("x1") with { Shift = 3, Scale = 2 }, Plain("b")));
        Assert.Equal(["v1 = x2", "v2 = u1", "", "y = v1 + 2·v2", "", "z = y"], Of(Plain("x2"), Plain("u1")));
        Assert.Equal(["x1 = x3", "", "y = x1 + 2·x2", "", "z = y"], Of(Plain("x3"), Plain("x2")));
    }

    [Fact]
    public void Activations_of_one_type_that_are_set_otherwise_have_numbers()
    {
        DenseSpec Layer(ActivationSpec activation) => new() { Units = 1, Activation = activation };
        var description = Description(
            [Plain("x1")],
            Layer(new EluSpec { Alpha = 2 }), Layer(new TanhSpec()), Layer(new EluSpec { Alpha = 3 }), Layer(new EluSpec { Alpha = 2 }), Layer(new LinearSpec()));

        var lines = Text(description, [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);

        Assert.Equal(["elu1", "tanh", "elu2", "elu1"], lines.Where(line => line.StartsWith('h')).Select(line => line.Split(" = ")[1].Split('(')[0]));
        Assert.Equal(["elu1(z)", "tanh(z)", "elu2(z)"], lines.Where(line => line.Contains("(z) = ", StringComparison.Ordinal)).Select(line => line.Split(" = ")[0]));
    }

    private static FeatureColumn Plain(string name) => new() { Name = name, Type = ColumnType.Number };

    private static List<string> Of(params FeatureColumn[] columns) => Text(Description(columns, new DenseSpec { Units = 1 }), [1, 2, 0]);

    private static List<string> Text(ModelDescription description, double[] parameters) =>
        [.. Formula.Of(TrainedModel.Create<double>(description, parameters, [])).Select(line => line.Text ?? "")];

    private static ModelDescription Description(FeatureColumn[] columns, params LayerSpec[] layers) => new()
    {
        Network = new NetworkSpec { Inputs = columns.Length, Layers = layers },
        Features = new FeatureEncoding(columns, MissingCells.Error),
        Target = new TargetEncoding(TaskKind.Regression, ["z"], shift: [0], scale: [1]),
        Precision = Precision.Float64,
        Link = OutputLink.Identity,
    };
}
