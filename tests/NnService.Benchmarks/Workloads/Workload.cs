using NnService.Engine.Kernels;

namespace NnService.Benchmarks.Workloads;

/// <summary>Something that is measured, of ours and of the peers alike.</summary>
/// <param name="Name">What the command line and the peers call it.</param>
/// <param name="What">One line for the table.</param>
/// <param name="Figure">How its seconds are shown.</param>
/// <param name="Prepare">
/// Loads the data and returns what makes a fresh training; that returns what is timed. The team is null for one thread.
/// </param>
internal sealed record Workload(string Name, string What, Figure Figure, Func<Team?, Func<Action>> Prepare)
{
    /// <summary>Units of work in what is timed, where one is too short for the clock.</summary>
    public int Count { get; init; } = 1;

    /// <summary>All of them, in the order of the table.</summary>
    public static IReadOnlyList<Workload> All { get; } = [.. TinyNetworks.All, .. MinibatchTraining.All, .. Ensembles.All, .. Embeddings.All, .. Prediction.All];

    /// <summary>One by its name.</summary>
    public static Workload? Find(string name) => All.FirstOrDefault(workload => workload.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Warms up and measures in this process.</summary>
    public Measurement Measure(int threads)
    {
        using var team = threads > 1 ? new Team(threads) : null;
        return Measurement.Fastest(Prepare(team), Count);
    }
}

/// <summary>How seconds become the figure people quote.</summary>
/// <param name="Unit">Its unit.</param>
/// <param name="Amount">For a rate: units done in one run; for a time: units of time in a second.</param>
/// <param name="IsRate">Whether it is Amount / seconds rather than Amount · seconds.</param>
internal sealed record Figure(string Unit, double Amount, bool IsRate = false)
{
    public static Figure Seconds { get; } = new("s", 1);

    public static Figure Milliseconds { get; } = new("ms", 1e3);

    public static Figure Microseconds { get; } = new("µs", 1e6);

    public static Figure PerSecond(string unit, double amount) => new(unit, amount, IsRate: true);

    public double Of(double seconds) => IsRate ? Amount / seconds : Amount * seconds;
}
