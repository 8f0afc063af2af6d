using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Scale;

/// <summary>A size that grows while all else stays as it is.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Says">What grows, and what is measured, in a sentence.</param>
/// <param name="Sizes">The sizes.</param>
/// <param name="Large">Sizes that take long, behind them.</param>
/// <param name="Measure">Measures one size: a figure for each curve, and those of peers.</param>
internal sealed record Axis(string Name, string Says, int[] Sizes, int[] Large, Func<ServiceUnderMeasurement, int, IEnumerable<Figure>> Measure)
{
    /// <summary>What the peers do, and why some curves have none; empty: nothing to say.</summary>
    public string Peers { get; init; } = "";

    /// <summary>By a curve's name, why it grows as it does.</summary>
    public IReadOnlyDictionary<string, string> Reasons { get; init; } = new Dictionary<string, string>();

    /// <summary>Measures all curves; each size has the service to itself, on an empty data folder.</summary>
    public ScaleSection Run(bool isLarge, string commit)
    {
        var (curves, notes) = (new List<Curve>(), new List<string>());
        foreach (var size in isLarge ? [.. Sizes, .. Large] : Sizes)
        {
            try
            {
                using var service = new ServiceUnderMeasurement();
                foreach (var figure in Measure(service, size))
                    Add(figure, size);
            }
            catch (Exception failure) when (failure is InvalidOperationException or HttpRequestException or TaskCanceledException or AggregateException)
            {
                Note(FormattableString.Invariant($"At {size:N0} the measurement failed: {failure.Message}"));
            }
        }

        return new ScaleSection(Name, DateOnly.FromDateTime(DateTime.UtcNow), commit, Machine.Processor, Machine.Load, curves, notes);

        void Add(Figure figure, int size)
        {
            if (figure.Value is not { } value)
            {
                Note(FormattableString.Invariant($"{figure.Curve}, {figure.Peer}, at {size:N0}: {figure.Missing}."));
                return;
            }

            Console.WriteLine(FormattableString.Invariant($"{Name} {size}: {figure.Curve}{(figure.Peer is null ? "" : $", {figure.Peer}")} {value:G4} {figure.Unit}"));
            if (curves.Find(curve => curve.Name == figure.Curve && curve.Peer == figure.Peer) is not { } curve)
                curves.Add(curve = new Curve(figure.Curve, figure.Unit, figure.Peer));
            curve.Points[size] = value;
        }

        void Note(string note)
        {
            Console.WriteLine(note);
            notes.Add(note);
        }
    }
}
