using NnService.Engine.Training;

namespace NnService.Benchmarks.Honesty;

/// <summary>
/// A classifier of normal features, one a label, whose mean is larger in rows of the label, so that two labels lie so many standard deviations apart. Each
/// test part has as many rows of a label as its share says, as stratified splits have.
/// </summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Rows">Rows of a test part.</param>
/// <param name="Shares">[labels] how frequent each is.</param>
/// <param name="Separation">How far two labels lie apart, in standard deviations.</param>
/// <param name="Sureness">Factor of the logits: with 1 the probabilities are the true ones.</param>
internal sealed record ClassificationScenario(string Name, int Rows, double[] Shares, double Separation, double Sureness = 1) : Scenario(Name, Rows)
{
    private const int ManyRows = 400_000;

    public override IReadOnlyDictionary<string, double> Truth()
    {
        var (probabilities, actual) = Draw(ManyRows, ulong.MaxValue);
        var of = ClassificationMetrics.Of(probabilities, actual, Labels);
        return new Dictionary<string, double>
        {
            ["accuracy"] = of.Accuracy,
            ["balancedAccuracy"] = of.BalancedAccuracy,
            ["logLoss"] = of.LogLoss,
            ["rocAuc"] = of.RocAuc!.Value,
            ["averagePrecision"] = of.AveragePrecision!.Value,
            ["macroF1"] = of.MacroF1,
            ["matthewsCorrelation"] = of.MatthewsCorrelation,
            ["calibrationError"] = of.CalibrationError,
        };
    }

    public override IReadOnlyDictionary<string, double[]> Intervals(ulong seed)
    {
        var (probabilities, actual) = Draw(Rows, seed);
        return ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed);
    }

    private string[] Labels => [.. Shares.Select((_, label) => $"{label}")];

    /// <summary>[rows, labels] probabilities, and [rows] labels.</summary>
    public (double[] Probabilities, int[] Actual) Draw(int rows, ulong seed)
    {
        var (labels, chance) = (Shares.Length, Chance(seed, 0));
        var (probabilities, actual) = (new double[rows * labels], new int[rows]);
        var (label, end, larger) = (0, Shares[0], Separation / Math.Sqrt(2));
        for (var row = 0; row < rows; row++)
        {
            while (label < labels - 1 && row + 0.5 > end * rows)
                end += Shares[++label];
            actual[row] = label;
            var own = probabilities.AsSpan(row * labels, labels);
            for (var k = 0; k < labels; k++)
            {
                var feature = chance.Normal(((ulong)row * (ulong)labels) + (ulong)k) + (k == label ? larger : 0);
                own[k] = Math.Exp(Sureness * ((larger * feature) + Math.Log(Shares[k]))); // the densities' quotient is exp of larger · feature + c
            }

            var sum = 0.0;
            foreach (var odds in own)
                sum += odds;
            foreach (ref var odds in own)
                odds /= sum;
        }

        return (probabilities, actual);
    }
}
