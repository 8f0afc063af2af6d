namespace NnService.Engine.Training;

/// <summary>
/// Chooses models for an ensemble, one after the other and each perhaps several times: always that with which the mean of the answers fits the truth best
/// (Caruana, Niculescu-Mizil, Crew and Ksikes 2004). What counts is the best mean on the way: a poor model is left out, and a good one may count more than once.
/// </summary>
public static class GreedySelection
{
    /// <summary>Rounds at the most: the weights add up to no more.</summary>
    public const int MostRounds = 20;

    /// <summary>[models] how often each is chosen; ties go to the first, and to fewer.</summary>
    /// <param name="answers">[models][rows, outputs] of each, all finite.</param>
    /// <param name="truth">What the rows are; it measures by its figure of merit.</param>
    /// <param name="mostModels">Different models at the most.</param>
    public static int[] Choose(IReadOnlyList<double[]> answers, Truth truth, int mostModels)
    {
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(truth);
        int[] counts = new int[answers.Count];
        (int[] Counts, double Merit) best = ([.. counts], double.NaN);
        double[] sum = new double[answers[0].Length];
        for (int round = 1; round <= MostRounds; round++)
        {
            (int model, double merit) = Next(answers, truth, counts, sum, round, mostModels);
            if (model < 0)
                break;
            counts[model]++;
            for (int at = 0; at < sum.Length; at++)
                sum[at] += answers[model][at];
            if (IsBetter(truth, merit, best.Merit))
                best = ([.. counts], merit);
        }

        return best.Counts;
    }

    // The model with which the mean of this round is best; −1: none has a finite figure.
    private static (int Model, double Merit) Next(
        IReadOnlyList<double[]> answers, Truth truth, int[] counts, double[] sum, int round, int mostModels)
    {
        double[] mean = new double[sum.Length];
        bool isFull = counts.Count(count => count > 0) == mostModels;
        (int Model, double Merit) best = (-1, double.NaN);
        for (int model = 0; model < answers.Count; model++)
        {
            if (isFull && counts[model] == 0)
                continue;
            for (int at = 0; at < sum.Length; at++)
                mean[at] = (sum[at] + answers[model][at]) / round;
            if (truth.Merit(mean) is var merit && IsBetter(truth, merit, best.Merit))
                best = (model, merit);
        }

        return best;
    }

    private static bool IsBetter(Truth truth, double merit, double than) =>
        double.IsFinite(merit) && (double.IsNaN(than) || truth.Worsening(than, merit) < 0);
}
