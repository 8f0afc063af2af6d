using System.Globalization;

namespace NnService.Benchmarks.Serving;

/// <summary>How the report writes what several rounds have measured.</summary>
internal static class Spread
{
    /// <summary>Median, least and greatest.</summary>
    public static string Of(IEnumerable<double> numbers, string form)
    {
        double[] all = [.. numbers.Order()];
        var median = (all[all.Length / 2] + all[(all.Length - 1) / 2]) / 2;
        return string.Create(CultureInfo.InvariantCulture, $"{median.ToString(form)} ({all[0].ToString(form)}–{all[^1].ToString(form)})");
    }
}
