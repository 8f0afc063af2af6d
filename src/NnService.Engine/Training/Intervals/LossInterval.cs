namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % interval of a mean of losses, none of them below 0: by <see cref="PositiveMean"/>, and of a few by the quantiles of <see cref="Bootstrap"/>.
/// </summary>
internal static class LossInterval
{
    private const int FewestRows = 10; // of fewer, draws have standard errors of all sizes
    private const int Visits = 4; // of a row in a draw

    /// <summary>The interval; null where the rows are too few or too alike to tell.</summary>
    /// <param name="losses">[rows]</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    internal static double[]? Of(double[] losses, ulong seed, ReadOnlySpan<double> weights)
    {
        int[] rows = Bootstrap.RowsToDrawFrom(losses.Length, Visits, seed);
        double[] drawn = Array.ConvertAll(rows, row => losses[row]);
        double[] own = Bootstrap.Weights(weights, rows);
        double estimate = Magnitude.Mean(losses, weights);
        if (losses.Length < FewestRows)
            return Bootstrap.Intervals(new Mean(drawn, own), losses.Length, [estimate], seed).GetValueOrDefault(Mean.Name);
        var mean = new PositiveMean(drawn, 0, own);
        var counts = new DrawLanes(rows.Length);
        for (var draw = 0; draw < Bootstrap.Resamples; draw += DrawLanes.Count)
        {
            counts.Draw(seed, draw);
            mean.Add(draw, counts, default);
        }

        if (mean.Reach() is not { } reach)
            return null;
        var narrower = Math.Sqrt((double)rows.Length / losses.Length);
        return Bootstrap.Around(estimate, Math.Max(estimate - (reach.Below * narrower), 0), estimate + (reach.Above * narrower));
    }

    private sealed class Mean(double[] losses, double[] weights) : IResampled
    {
        public const string Name = "mean";

        public int Rows => losses.Length;

        public IReadOnlyList<string> Names { get; } = [Name];

        public void Compute(ReadOnlySpan<ushort> counts, Span<double> figures)
        {
            double sum = 0, rows = 0;
            for (var row = 0; row < losses.Length; row++)
                (sum, rows) = (sum + (counts[row] * weights[row] * losses[row]), rows + (counts[row] * weights[row]));
            figures[0] = sum / rows;
        }
    }
}
