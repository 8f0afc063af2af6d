namespace NnService.Engine.Training.Curves;

/// <summary>Curves of a regression, target by target.</summary>
internal static class CurvesOfNumbers
{
    /// <summary>The curves.</summary>
    /// <param name="predicted">[rows, targets], all finite.</param>
    /// <param name="actual">[rows, targets]</param>
    /// <param name="targets">Names of the targets.</param>
    /// <param name="precision">The numbers that the predictions are.</param>
    internal static EvaluationCurves Of(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, IReadOnlyList<string> targets, Precision precision)
    {
        var residuals = new Dictionary<string, IReadOnlyList<ResidualPoint>>(StringComparer.Ordinal);
        for (var k = 0; k < targets.Count; k++)
        {
            var (predictions, values) = (new double[actual.Length / targets.Count], new double[actual.Length / targets.Count]);
            for (var row = 0; row < values.Length; row++)
                (predictions[row], values[row]) = (predicted[(row * targets.Count) + k], actual[(row * targets.Count) + k]);
            residuals.Add(targets[k], Residuals(predictions, values, precision));
        }

        return new EvaluationCurves { Residuals = residuals };
    }

    // From the lowest prediction to the highest, both included.
    private static List<ResidualPoint> Residuals(double[] predictions, double[] values, Precision precision)
    {
        Array.Sort(predictions, values);
        var count = Math.Min(predictions.Length, EvaluationCurves.MostPoints);
        var points = new List<ResidualPoint>(count);
        for (var i = 0; i < count; i++)
        {
            var row = count == 1 ? 0 : (int)((long)i * (predictions.Length - 1) / (count - 1));
            var prediction = AsWritten.Number(predictions[row], precision);
            var residual = values[row] - prediction;
            points.Add(new ResidualPoint(prediction, double.IsFinite(residual) ? residual : null));
        }

        return points;
    }
}
