namespace NnService.Engine.Training;

/// <summary>
/// Chooses models for an ensemble, one after the other and each perhaps several times: always that with which the mean of the answers fits the truth best
/// (Caruana, Niculescu-Mizil, Crew and Ksikes 2004). It ends where no other makes the mean better, so that a poor model is left out and a good one may count
/// more than once.
/// </summary>
public static class GreedySelection
{
    /// <summary>Rounds at the most: the weights add up to no more.</summary>
    public const int MostRounds = 20;

    /// <summary>[models] how often each is chosen; ties go to the first.</summary>
    /// <param name="answers">[models][rows, outputs] of each, all finite.</param>
    /// <param name="truth">What the rows are; it measures by its figure of merit.</param>
    /// <param name="mostModels">Different models at the most.</param>
    public static int[] Choose(IReadOnlyList<double[]> answers, Truth truth, int mostModels)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(truth);
        int[] counts = new int[answers.Count];
        double[] sum = new double[answers[0].Length];
        double[] mean = new double[sum.Length];
        double reached = double.NaN;
        for (int round = 1; round <= MostRounds; round++)
        {
            (int best, double merit) = (-1, reached);
            for (int model = 0; model < answers.Count; model++)
            {
                if (counts[model] == 0 && counts.Count(count => count > 0) == mostModels)
                    continue;
                for (int at = 0; at < sum.Length; at++)
                    mean[at] = (sum[at] + answers[model][at]) / round;
                double own = truth.Merit(mean);
                if (double.IsFinite(own) && !(truth.Worsening(merit, own) >= 0))
                    (best, merit) = (model, own);
            }

            if (best < 0)
                break;
            (reached, counts[best]) = (merit, counts[best] + 1);
            for (int at = 0; at < sum.Length; at++)
                sum[at] += answers[best][at];
        }

        return counts;
    }
}
