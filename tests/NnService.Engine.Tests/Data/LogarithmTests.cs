using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Engine.Tests.Data;

public sealed class LogarithmTests
{
    private const double Rounding = 1e-12;

    private static readonly PreprocessingSpec OfAmounts = new()
    {
        Columns = new Dictionary<string, ColumnScaling> { ["amount"] = new() { Transform = NumberTransform.Log1p } },
    };

    [Fact]
    public void A_heavy_tail_is_standardised_behind_its_logarithm()
    {
        Table table = Tables.Csv("amount\n0\n1.718281828459045\n6.38905609893065\nNA\n"); // e⁰ − 1, e¹ − 1, e² − 1
        var encoding = FeatureEncoding.Fit(table, ["amount"], [0, 1, 2, 3], OfAmounts);
        var inputs = new double[8];
        encoding.Encode(table, [0, 1, 2, 3], inputs);

        Assert.Equal(1, encoding.Columns[0].Shift, Rounding);
        Assert.Equal(Math.Sqrt(2.0 / 3), encoding.Columns[0].Scale, Rounding);
        double[] expected = [-Math.Sqrt(1.5), 0, 0, 0, Math.Sqrt(1.5), 0, 0, 1];
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], inputs[i], Rounding); // the missing one is the mean of the logarithms
    }

    [Fact]
    public void Given_shift_and_scale_are_of_the_logarithm()
    {
        Table table = Tables.Csv("amount\n0\n6.38905609893065\n");
        var spec = new PreprocessingSpec
        {
            Columns = new Dictionary<string, ColumnScaling> { ["amount"] = new() { Transform = NumberTransform.Log1p, Shift = 1, Scale = 2 } },
        };
        var inputs = new double[2];
        FeatureEncoding.Fit(table, ["amount"], [0, 1], spec).Encode(table, [0, 1], inputs);

        Assert.Equal(-0.5, inputs[0], Rounding);
        Assert.Equal(0.5, inputs[1], Rounding);
    }

    [Fact]
    public void A_number_without_logarithm_is_named_before_training_and_in_predictions()
    {
        Table table = Tables.Csv("amount\n0\n3\n-1\n");

        Assert.Equal(
            [new SpecProblem("/columns/amount/transform", "Column \"amount\" holds -1 in row 2 (counted from 0); log1p takes numbers greater than -1.")],
            OfAmounts.Validate(table, ["amount"]));
        Table good = Tables.Csv("amount\n0\n3\n");
        var encoding = FeatureEncoding.Fit(good, ["amount"], [0, 1], OfAmounts);
        var problems = new string?[1];
        Assert.False(encoding.Encode([Cell.Of(-2.0)], new double[1], problems));
        Assert.Equal("Expected a number greater than -1: the column was trained with log1p.", problems[0]);
        Assert.Contains("has no logarithm", Assert.Throws<PreparationException>(() => encoding.Encode(table, [2], new double[1])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_is_learnt_as_its_logarithm_and_answered_in_its_own_units()
    {
        Table table = Tables.Csv("y\n0\n6.38905609893065\n");
        var encoding = TargetEncoding.Fit(table, ["y"], TaskKind.Regression, null, TargetScaling.Log1p, [0, 1]);
        var outputs = new double[2];
        encoding.Encode<double>(table, [0, 1], 1, outputs);

        Assert.Equal(-1, outputs[0], Rounding); // ln 1 and ln e² have mean 1 and deviation 1
        Assert.Equal(1, outputs[1], Rounding);
        encoding.Decode(outputs);
        Assert.Equal(0, outputs[0], Rounding);
        Assert.Equal(6.38905609893065, outputs[1], Rounding);
    }
}
