namespace NnService.Benchmarks.Honesty;

/// <summary>How often the 95 % intervals of a metric hold the truth.</summary>
/// <param name="Metric">Its name on the wire.</param>
/// <param name="Samples">Test parts drawn.</param>
/// <param name="Held">Intervals that held the truth.</param>
/// <param name="Above">Intervals that lay above it.</param>
/// <param name="Missing">Test parts that gave no interval.</param>
/// <param name="Width">Median width.</param>
internal sealed record Coverage(string Metric, int Samples, int Held, int Above, int Missing, double Width)
{
    /// <summary>Share of the intervals that there were.</summary>
    public double Share => Samples == Missing ? double.NaN : (double)Held / (Samples - Missing);

    /// <summary>Of each metric of a scenario; the same figures whatever the number of threads.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="samples">Test parts to draw.</param>
    /// <param name="manyRows">As of <see cref="Scenario.Truth"/>.</param>
    public static IReadOnlyList<Coverage> Of(Scenario scenario, int samples, int manyRows)
    {
        var truth = scenario.Truth(manyRows);
        var intervals = new IReadOnlyDictionary<string, double[]>[samples];
        Parallel.For(0, samples, sample => intervals[sample] = scenario.Intervals((ulong)sample));
        return [.. truth.Select(metric => Of(metric.Key, metric.Value, intervals))];
    }

    private static Coverage Of(string metric, double truth, IReadOnlyDictionary<string, double[]>[] intervals)
    {
        double[][] own = [.. intervals.Select(all => all.GetValueOrDefault(metric)).OfType<double[]>()];
        double[] widths = [.. own.Select(interval => interval[1] - interval[0]).Order()];
        return new Coverage(
            metric,
            intervals.Length,
            own.Count(interval => truth >= interval[0] && truth <= interval[1]),
            own.Count(interval => truth < interval[0]),
            intervals.Length - own.Length,
            widths.Length == 0 ? double.NaN : widths[widths.Length / 2]);
    }
}
