using NnService.Engine.Training;

namespace NnService.Benchmarks.Honesty;

/// <summary>
/// A regression that answers what is there but for errors of a known distribution; the answers vary as much as the errors, so that R² is one half.
/// </summary>
/// <param name="Rows">Rows of a test part.</param>
/// <param name="Errors">The errors.</param>
/// <param name="Spread">As of <see cref="ClassificationScenario"/>.</param>
internal sealed record RegressionScenario(int Rows, Errors Errors, double Spread = 0)
    : Scenario($"{Errors.Name} errors{(Spread > 0 ? ", rows with weights" : "")}", Rows)
{
    public override IReadOnlyDictionary<string, double> Truth(int manyRows) => new Dictionary<string, double>
    {
        ["rootMeanSquaredError"] = Math.Sqrt(Errors.MeanSquare),
        ["meanAbsoluteError"] = Errors.MeanAbsolute,
        ["r2"] = 0.5,
        ["medianAbsoluteError"] = Errors.MedianAbsolute,
    };

    public override IReadOnlyDictionary<string, double[]> Intervals(ulong seed)
    {
        var (answers, targets) = Draw(seed);
        return RegressionMetrics.IntervalsOf(answers, targets, ["y"], seed, Weights(seed, Spread));
    }

    private (double[] Answers, double[] Targets) Draw(ulong seed)
    {
        var (ofAnswers, ofErrors) = (Chance(seed, 0), Chance(seed, 1));
        var (answers, targets) = (new double[Rows], new double[Rows]);
        for (var row = 0; row < Rows; row++)
        {
            answers[row] = 20 + (Math.Sqrt(Errors.MeanSquare) * ofAnswers.Normal((ulong)row));
            targets[row] = answers[row] + Errors.Draw(ofErrors, (ulong)row);
        }

        return (answers, targets);
    }
}
