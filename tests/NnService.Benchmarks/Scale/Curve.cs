namespace NnService.Benchmarks.Scale;

/// <summary>How a figure grows with a size.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Unit">Of the figure.</param>
internal sealed record Curve(string Name, string Unit)
{
    private readonly List<(double Size, double Figure)> _points = [];

    /// <summary>Sizes and figures, the sizes ascending.</summary>
    public IReadOnlyList<(double Size, double Figure)> Points => _points;

    /// <summary>Puts a figure beside its size.</summary>
    public void Add(double size, double figure) => _points.Add((size, figure));

    /// <summary>The exponent: slope of the least squares line of log figure on log size; 1 is linear.</summary>
    public double Exponent => SlopeOf(_points);

    /// <summary>The exponent of the last two sizes alone, where what is paid once counts least.</summary>
    public double LastExponent => SlopeOf(_points[Math.Max(0, _points.Count - 2)..]);

    private static double SlopeOf(List<(double Size, double Figure)> points)
    {
        var logs = points.Where(point => point.Figure > 0).Select(point => (X: Math.Log(point.Size), Y: Math.Log(point.Figure))).ToList();
        if (logs.Count < 2)
            return double.NaN;
        var (x, y) = (logs.Average(log => log.X), logs.Average(log => log.Y));
        return logs.Sum(log => (log.X - x) * (log.Y - y)) / logs.Sum(log => (log.X - x) * (log.X - x));
    }
}
