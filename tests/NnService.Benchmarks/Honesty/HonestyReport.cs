namespace NnService.Benchmarks.Honesty;

/// <summary>The page with how often the intervals hold the truth.</summary>
internal static class HonestyReport
{
    public static string Of(IReadOnlyList<(Scenario Scenario, IReadOnlyList<Coverage> Metrics)> results, int samples) => "";
}
