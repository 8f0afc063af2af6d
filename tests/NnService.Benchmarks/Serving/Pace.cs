namespace NnService.Benchmarks.Serving;

/// <summary>What became of requests at a steady rate.</summary>
/// <param name="PerSecond">Answers by the wall clock; below the rate where the server could not keep up.</param>
/// <param name="SinceDue">Milliseconds to each answer from when its request was due, sorted: what a user waits for.</param>
/// <param name="SinceSent">The same from when it was sent, without the wait for the one before.</param>
internal sealed record Pace(double PerSecond, List<double> SinceDue, List<double> SinceSent)
{
    /// <summary>The time within which a percentage of all answers came.</summary>
    public static double Percentile(List<double> sorted, int percent) => sorted[sorted.Count * percent / 100];
}
