namespace NnService.Engine.Training.Curves;

/// <summary>What is found as the threshold falls: a step for each distinct score, from the highest to the lowest.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="Positives">Positive rows in all.</param>
/// <param name="Negatives">Other rows in all.</param>
internal sealed record RankingSteps(IReadOnlyList<RankingStep> Steps, int Positives, int Negatives)
{
    /// <summary>The steps of rows; both arrays are put into the order of rising scores.</summary>
    /// <param name="scores">[rows]</param>
    /// <param name="isPositive">[rows]</param>
    internal static RankingSteps Of(double[] scores, bool[] isPositive)
    {
        Array.Sort(scores, isPositive);
        var steps = new List<RankingStep>();
        var (hits, misses) = (0, 0);
        for (var row = scores.Length - 1; row >= 0; row--)
        {
            if (isPositive[row])
                hits++;
            else
                misses++;
            if (row == 0 || scores[row - 1] != scores[row])
                steps.Add(new RankingStep(scores[row], hits, misses));
        }

        return new RankingSteps(steps, hits, misses);
    }
}

/// <summary>The rows whose score is at least so much.</summary>
/// <param name="Score">The score.</param>
/// <param name="TruePositives">Positive rows among them.</param>
/// <param name="FalsePositives">Other rows among them.</param>
internal readonly record struct RankingStep(double Score, int TruePositives, int FalsePositives);
