namespace NnService.Benchmarks.Scale;

/// <summary>How a figure grows with a size.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Unit">Of the figure.</param>
/// <param name="Peer">Whose it is; null: the service's.</param>
internal sealed record Curve(string Name, string Unit, string? Peer = null)
{
    private const string Rate = "a second";

    /// <summary>The figure at each size.</summary>
    public SortedDictionary<int, double> Points { get; init; } = [];

    /// <summary>The exponent: slope of the least squares line of log figure on log size; 1 is linear.</summary>
    public double Exponent() => SlopeOf(Points);

    /// <summary>The exponent of the last two sizes alone, where what is paid once counts least.</summary>
    public double LastExponent() => SlopeOf(Points.Skip(Points.Count - 2));

    /// <summary>How many times as good the service is as a peer at a size: as fast, or as small; null where either was not measured.</summary>
    public double? Against(Curve peer, int size) =>
        !Points.TryGetValue(size, out var ours) || !peer.Points.TryGetValue(size, out var theirs) || Math.Min(ours, theirs) <= 0 ? null
        : Unit == Rate ? ours / theirs : theirs / ours;

    private static double SlopeOf(IEnumerable<KeyValuePair<int, double>> points)
    {
        var logs = points.Where(point => point.Value > 0).Select(point => (X: Math.Log(point.Key), Y: Math.Log(point.Value))).ToList();
        if (logs.Count < 2)
            return double.NaN;
        var (x, y) = (logs.Average(log => log.X), logs.Average(log => log.Y));
        return logs.Sum(log => (log.X - x) * (log.Y - y)) / logs.Sum(log => (log.X - x) * (log.X - x));
    }
}
