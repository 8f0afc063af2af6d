using NnService.Engine.Training;

namespace NnService.Benchmarks.Honesty;

/// <summary>
/// A classifier of normal features, one a label, whose mean is larger in rows of the label, so that two labels lie so many standard deviations apart.
/// </summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Rows">Rows of a test part.</param>
/// <param name="Shares">[labels] how frequent each is.</param>
/// <param name="Separation">How far two labels lie apart, in standard deviations.</param>
/// <param name="Sureness">Factor of the logits: with 1 the probabilities are the true ones.</param>
/// <param name="Spread">Standard deviation of the logarithms of the rows' weights, which have nothing to do with the rows; 0: all weigh the same.</param>
/// <param name="IsStratified">Whether each test part has as many rows of a label as its share says, as stratified splits have.</param>
internal sealed record ClassificationScenario(
    string Name, int Rows, double[] Shares, double Separation, double Sureness = 1, double Spread = 0, bool IsStratified = true) : Scenario(Name, Rows)
{
    public override IReadOnlyDictionary<string, double> Truth(int manyRows)
    {
        var (probabilities, actual) = Draw(manyRows, ulong.MaxValue);
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
        return ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed, Weights(seed, Spread));
    }

    private string[] Labels => [.. Shares.Select((_, label) => $"{label}")];

    /// <summary>[rows, labels] probabilities, and [rows] labels.</summary>
    public (double[] Probabilities, int[] Actual) Draw(int rows, ulong seed)
    {
        var (labels, chance) = (Shares.Length, Chance(seed, 0));
        var (probabilities, actual) = (new double[rows * labels], new int[rows]);
        var (ofLabels, larger) = (Chance(seed, 3), Separation / Math.Sqrt(2));
        for (var row = 0; row < rows; row++)
        {
            var label = LabelAt(IsStratified ? (row + 0.5) / rows : ofLabels.Uniform((ulong)row));
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

    private int LabelAt(double share)
    {
        var (label, end) = (0, Shares[0]);
        while (label < Shares.Length - 1 && share > end)
            end += Shares[++label];
        return label;
    }
}
