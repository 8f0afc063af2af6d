using System.Text.Json.Serialization;
using NnService.Engine.Kernels;

namespace NnService.Engine;

/// <summary>
/// How far a model's answers were from the truth on its validation rows: what a prediction's interval, or its set of labels, is made of (split conformal
/// prediction; Vovk, Gammerman and Shafer 2005; Angelopoulos and Bates, arXiv:2107.07511). The score of a row is |y − ŷ| in the target's own units, or of a target
/// whose logarithm was learnt |ln(1 + y) − ln(1 + ŷ)|; of a classification 1 − the probability of its true label.
/// </summary>
/// <remarks>
/// Where rows are alike, an interval at level 1 − α holds the truth of a new row with a probability of at least 1 − α, whatever the model: the threshold is the
/// ⌈(n + 1)(1 − α)⌉-th smallest score of n rows. Of many rows some ranks are kept, and the next higher one is taken.
/// </remarks>
public sealed record ConformalScores
{
    private const int MostRanks = 500;
    private const int HighestRanks = 100; // of which so many are the highest: levels near 1 lie among them
    private const double Slack = 1e-12; // (n + 1)(1 − α) is a product of rounded numbers: 55.00000000000001 means 55

    /// <summary>Scores as they were stored.</summary>
    /// <exception cref="ArgumentException">They are not in order, or their numbers do not fit.</exception>
    [JsonConstructor]
    public ConformalScores(double rows, IReadOnlyList<int> ranks, IReadOnlyList<IReadOnlyList<double>> scores, bool ofLogs = false)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(scores);
        if (!(rows >= 1) || !double.IsFinite(rows) || ranks is [] || ranks[0] < 1 || ranks[^1] > rows || !AreOrdered(ranks))
            throw new ArgumentException("The ranks of conformal scores must ascend from 1 to the number of rows.");
        if (scores is [] || scores.Any(own => own.Count != ranks.Count || !own.All(score => double.IsFinite(score) && score >= 0) || !AreOrdered(own)))
            throw new ArgumentException("Conformal scores must be a number for each rank, at least 0 and ascending.");
        (Rows, Ranks, Scores, OfLogs) = (rows, ranks, scores, ofLogs);
    }

    /// <summary>Validation rows; where they weigh, as many as would tell as much if all weighed the same.</summary>
    public double Rows { get; }

    /// <summary>[k] which of the sorted scores are kept, counted from 1.</summary>
    public IReadOnlyList<int> Ranks { get; }

    /// <summary>[targets][k] the scores of these ranks; of a classification [1][k].</summary>
    public IReadOnlyList<IReadOnlyList<double>> Scores { get; }

    /// <summary>Whether they are of ln(1 + y): an interval is then wider where the answer is greater, and never reaches −1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OfLogs { get; }

    /// <summary>The highest level that so few rows can vouch for.</summary>
    [JsonIgnore]
    public double HighestLevel => Ranks[^1] / (Rows + 1);

    /// <summary>The scores of validation rows.</summary>
    /// <param name="scores">[targets][rows], all finite and at least 0.</param>
    /// <param name="weights">[rows] in effective rows; empty: every row weighs 1.</param>
    /// <param name="ofLogs">Whether they are of ln(1 + y).</param>
    internal static ConformalScores Of(double[][] scores, double[] weights, bool ofLogs = false)
    {
        double rows = weights.Length == 0 ? scores[0].Length : weights.Sum();
        int[] ranks = RanksOf((int)Math.Max(1, rows));
        return new ConformalScores(Math.Max(1, rows), ranks, Array.ConvertAll(scores, own => (IReadOnlyList<double>)AtRanks(own, weights, ranks)), ofLogs);
    }

    /// <summary>The score of an answer of a regression.</summary>
    internal static double ScoreOf(double value, double truth, bool ofLogs) =>
        Math.Abs(ofLogs ? LogOf(value) - LogOf(truth) : value - truth);

    // Of −1, to which an answer may have been rounded, that of the next number: such an answer is far from any truth, and no further than can be told.
    internal static double LogOf(double value) => Transcendentals.Log1p(Math.Max(value, Math.BitIncrement(-1.0)));

    /// <summary>The largest scores that the intervals of a level take in; null: the level is above <see cref="HighestLevel"/>.</summary>
    /// <param name="level">1 − α, above 0 and below 1.</param>
    public ConformalThresholds? Thresholds(double level)
    {
        double needed = (Rows + 1) * level * (1 - Slack);
        for (int k = 0; k < Ranks.Count; k++)
            if (Ranks[k] >= needed)
                return new ConformalThresholds([.. Scores.Select(own => own[k])], OfLogs, level);
        return null;
    }

    private static int[] RanksOf(int rows)
    {
        if (rows <= MostRanks)
            return [.. Enumerable.Range(1, rows)];
        const int even = MostRanks - HighestRanks;
        int below = rows - HighestRanks;
        return [.. Enumerable.Range(1, even).Select(k => (int)((long)below * k / even)), .. Enumerable.Range(below + 1, HighestRanks)];
    }

    // The smallest score up to which the rows weigh at least the rank.
    private static double[] AtRanks(double[] scores, double[] weights, int[] ranks)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort([.. scores], order);
        double[] kept = new double[ranks.Length];
        double weight = 0;
        int k = 0;
        foreach (int row in order)
        {
            weight += weights.Length == 0 ? 1 : weights[row];
            for (; k < ranks.Length && ranks[k] <= weight * (1 + Slack); k++)
                kept[k] = scores[row];
        }

        for (; k < ranks.Length; k++) // what rounding has left
            kept[k] = scores[order[^1]];
        return kept;
    }

    private static bool AreOrdered(IReadOnlyList<int> ranks) => ranks.Zip(ranks.Skip(1)).All(pair => pair.First < pair.Second);

    private static bool AreOrdered(IReadOnlyList<double> scores) => scores.Zip(scores.Skip(1)).All(pair => pair.First <= pair.Second);
}
