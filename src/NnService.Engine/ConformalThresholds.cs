using NnService.Engine.Kernels;

namespace NnService.Engine;

/// <summary>What intervals, or sets of labels, of one level take in (<see cref="ConformalScores"/>).</summary>
/// <param name="Scores">[targets] the largest score; of a classification [1].</param>
/// <param name="OfLogs">Whether they are of ln(1 + y).</param>
/// <param name="Level">The share of truths that they are to hold.</param>
public sealed record ConformalThresholds(IReadOnlyList<double> Scores, bool OfLogs, double Level)
{
    /// <summary>The interval around an answer of a regression.</summary>
    /// <param name="target">Index of the target.</param>
    /// <param name="value">The answer.</param>
    public (double Low, double High) Around(int target, double value)
    {
        var threshold = Scores[target];
        if (!OfLogs)
            return (value - threshold, value + threshold);
        double log = ConformalScores.LogOf(value);
        return (Math.Min(value, Transcendentals.Expm1(log - threshold)), Math.Max(value, Transcendentals.Expm1(log + threshold)));
    }
}
