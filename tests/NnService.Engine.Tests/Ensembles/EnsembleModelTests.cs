using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Explain;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Tests.Data;
using NnService.Engine.Tests.Export;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Ensembles;

/// <summary>Several networks that were trained by themselves and answer together.</summary>
public class EnsembleModelTests
{
    [Fact]
    public void Its_answer_is_the_weighed_mean_of_what_each_would_answer()
    {
        TrainedModel[] lines = [Line(2, 1), Line(-1, 0.5), Line(4, 0)];
        var ensemble = ExportedModels.Ensemble(lines);
        var (x, answers) = (Enumerable.Range(0, 700).Select(i => i * 0.25).ToArray(), new double[700]);

        ensemble.Predict(x, x.Length, answers);

        for (var i = 0; i < x.Length; i++)
            Assert.Equal((((2 * x[i]) + 1) + (2 * ((-1 * x[i]) + 0.5)) + (3 * (4 * x[i]))) / 6, answers[i], 10);
        Assert.Equal((6, 1, 3), (ensemble.ParameterCount, ensemble.Outputs, ensemble.Parts.Count));
        Assert.Equal(["networks[0].layers[0].weights", "networks[0].layers[0].bias", "networks[1].layers[0].weights"], ensemble.Slices.Take(3).Select(slice => slice.Name));
        var numbers = ensemble.ReadNumbers();
        Assert.Equal([2.0, 1, -1, 0.5, 4, 0], ensemble.Slices.SelectMany(slice => numbers[slice.Offset..(slice.Offset + slice.Count)]));
        Assert.Equal(3, ensemble.Description.MultiplyAddsPerRow);
    }

    [Fact]
    public void Its_loss_is_that_of_its_answers()
    {
        var ensemble = ExportedModels.Ensemble(Line(2, 1), Line(-1, 0.5));
        var meter = ensemble.Measure(new MeanSquaredErrorSpec());

        meter.Add([1, 2, 3], [3, 4, 5], 3);

        double[] answers = [.. new[] { 1.0, 2, 3 }.Select(x => (((2 * x) + 1) + (2 * (0.5 - x))) / 3)];
        Assert.Equal(answers.Zip([3.0, 4, 5], (y, t) => (y - t) * (y - t)).Average(), meter.Value, 12);
    }

    [Theory]
    [InlineData("float32 ensemble of members, an embedding and a plain network, softmax of logits", 2)]
    [InlineData("float64 ensemble, one sigmoid unit", 0)]
    public void Integrated_gradients_add_up_to_the_difference_of_its_answers(string name, int output)
    {
        var source = ExportedModels.Source(name);
        var encoded = source.Rows.Encode();
        var width = source.Model.Description.Features.Width;
        double[] answers = new double[2 * source.Model.Outputs];
        source.Model.Predict(encoded.AsSpan(0, 2 * width), 2, answers);

        var parts = IntegratedGradients.Of(source.Model, encoded.AsSpan(0, width), encoded.AsSpan(width, width), output, 2000);

        Assert.Equal(answers[output], parts.Answer, 5);
        Assert.Equal(answers[source.Model.Outputs + output], parts.BaselineAnswer, 5);
        Assert.Equal(parts.Answer - parts.BaselineAnswer, parts.Attributions.Sum(), 3);
    }

    [Fact]
    public void Networks_that_do_not_fit_together_are_refused()
    {
        var line = Line(1, 1);
        var of = line.Description with { Ensemble = [new EnsemblePart(line.Description.Network, OutputLink.Identity, 1)] };

        Assert.Throws<ArgumentException>(() => TrainedModel.Create(of, [.. line.ParameterBytes, 0, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Throws<ArgumentException>(() => TrainedModel.Create(of, line.ParameterBytes[..8]));
        Assert.Throws<ArgumentException>(() => TrainedModel.Create(of with { Ensemble = [] }, []));
        Assert.Throws<ArgumentException>(() => TrainedModel.Create(
            of with { Ensemble = [new EnsemblePart(line.Description.Network, OutputLink.Identity, 0)] }, line.ParameterBytes));
    }

    [Fact]
    public void Greedy_selection_takes_what_helps_and_counts_the_better_ones_more_often()
    {
        Table table = Tables.Csv("y\n0\n0\n0\n0\n1\n");
        int[] rows = Tables.AllRows(table);
        var truth = new Truth(TargetEncoding.Fit(table, ["y"], TaskKind.Regression, null, TargetScaling.None, rows), table, rows);
        double[] high = [3, 3, 3, 3, 4]; // too high by 3
        double[] low = [-1, -1, -1, -1, 0]; // too low by 1
        double[] noise = [50, -50, 50, -50, 9];

        int[] counts = GreedySelection.Choose([noise, high, low], truth, 8);

        Assert.Equal(0, counts[0]);
        Assert.Equal(3.0, counts[2] / (double)counts[1]); // 3 low for each high: the errors cancel
        Assert.Equal([0, 0, 1], GreedySelection.Choose([noise, high, low], truth, 1));
        Assert.Equal([1, 0], GreedySelection.Choose([low, low], truth, 8)); // of equals the first, and no second one helps
    }

    private static TrainedModel Line(double slope, double bias)
    {
        var network = new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Units = 1, Weights = [[slope]], Bias = [bias] }] };
        var description = new ModelDescription
        {
            Network = new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Units = 1 }] },
            Features = FeatureEncoding.Identity(["x"]),
            Target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1]),
            Precision = Precision.Float64,
        };
        return TrainedModel.FromExplicitWeights(description, network);
    }
}
