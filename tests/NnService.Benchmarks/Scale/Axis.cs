namespace NnService.Benchmarks.Scale;

/// <summary>A size that grows while all else stays as it is.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Says">What grows, and what is measured, in a sentence.</param>
/// <param name="Sizes">The sizes.</param>
/// <param name="Large">Sizes that take long, behind them.</param>
/// <param name="Measure">Measures one size: a figure for each curve, by the curve's name and unit.</param>
internal sealed record Axis(
    string Name, string Says, int[] Sizes, int[] Large, Func<ServiceUnderMeasurement, int, IEnumerable<(string Curve, string Unit, double Figure)>> Measure)
{
    /// <summary>All curves; each size has the service to itself, on an empty data folder.</summary>
    public IReadOnlyList<Curve> Curves(bool isLarge)
    {
        var curves = new List<Curve>();
        foreach (var size in isLarge ? [.. Sizes, .. Large] : Sizes)
        {
            using var service = new ServiceUnderMeasurement();
            foreach (var (name, unit, figure) in Measure(service, size))
            {
                Console.WriteLine(FormattableString.Invariant($"{Name} {size}: {name} {figure:G4} {unit}"));
                if (curves.Find(curve => curve.Name == name) is not { } curve)
                    curves.Add(curve = new Curve(name, unit));
                curve.Add(size, figure);
            }
        }

        return curves;
    }
}
