using System.Globalization;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>Where values stand along an axis, and which are written beside it.</summary>
/// <param name="Share">0 at the lower end, 1 at the upper one.</param>
/// <param name="Ticks">The values written beside it.</param>
/// <param name="Format">How those are written, with as many digits as tell them apart; null: each by its own size.</param>
internal sealed record ChartAxis(Func<double, double> Share, IReadOnlyList<double> Ticks, string? Format)
{
    private const double ManyTimes = 50; // above this ratio the lower part of a linear axis shows nothing
    private const double Margin = 0.04; // of the range, on either side of a curve
    private const double Narrowest = 0.001; // half the range around values that are all alike, as a share of them
    private const double SmallestRange = 1e-290; // its fifth is no usual number any more
    private const double Small = 1e-6; // steps below, and values from Large on, are written with an exponent
    private const double Large = 1e6;
    private const int MostDigits = 15;
    private const double FewDecades = 2.5; // so few need ticks between the powers of ten

    /// <summary>Whether equal ratios have equal lengths.</summary>
    public bool IsLogarithmic { get; private init; }

    /// <summary>The axis of a curve: it runs a little beyond its values, not from 0, which would flatten what matters.</summary>
    public static ChartAxis Around(double low, double high)
    {
        if (low > 0 && high / low > ManyTimes)
            return Logarithmic(low, high);
        var margin = Math.Max(Margin * (high - low), Math.Max(Math.Abs(low), Math.Abs(high)) * Narrowest);
        return Linear(low >= 0 ? Math.Max(low - margin, 0) : low - margin, Math.Min(high + margin, double.MaxValue));
    }

    /// <summary>An axis from one value to another.</summary>
    public static ChartAxis Linear(double low, double high)
    {
        if (high - low < SmallestRange)
            high = low + 1;
        var rough = (high - low) / 5;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(candidate => candidate >= rough);
        var ticks = new List<double>();
        for (var i = Math.Ceiling(low / step); i * step <= high + (step * 1e-9); i++)
            ticks.Add((i * step) + 0.0); // no −0
        return new ChartAxis(value => (value - low) / (high - low), ticks, FormatOf(step, Math.Max(Math.Abs(low), Math.Abs(high))));
    }

    /// <summary>The text beside a tick.</summary>
    public string Label(double tick) => tick == 0 ? "0" : Format is null ? Figure(tick) : tick.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>A loss as it is written where it stands alone.</summary>
    public static string Figure(double value) =>
        value == 0 ? "0" : value.ToString(Math.Abs(value) is >= 0.001 and < 1e6 ? "0.####" : "0.##e0", CultureInfo.InvariantCulture);

    private static string FormatOf(double step, double largest)
    {
        var digits = -(int)Math.Floor(Math.Log10(step) + 1e-9);
        return step >= Small && largest < Large
            ? $"F{Math.Max(0, digits)}"
            : $"0.{new string('#', Math.Clamp(digits + (int)Math.Floor(Math.Log10(largest)), 0, MostDigits))}e0";
    }

    private static ChartAxis Logarithmic(double low, double high)
    {
        var (from, to) = (Math.Log10(low), Math.Log10(high));
        (from, to) = (from - (Margin * (to - from)), to + (Margin * (to - from)));
        int[] factors = to - from <= FewDecades ? [1, 2, 5] : [1];
        var every = Math.Max(1, (int)Math.Ceiling((to - from) / 8));
        var ticks = new List<double>();
        for (var power = (int)Math.Floor(from); power <= to; power += every)
            ticks.AddRange(factors.Select(factor => factor * Math.Pow(10, power)).Where(tick => Math.Log10(tick) >= from && Math.Log10(tick) <= to));
        return new ChartAxis(value => (Math.Log10(value) - from) / (to - from), ticks, Format: null) { IsLogarithmic = true };
    }
}
