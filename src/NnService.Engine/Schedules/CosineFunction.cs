namespace NnService.Engine.Schedules;

/// <summary>cos(π x) on [0, 1] and cos(2π x), to 1e-15, from multiplications and additions alone: the C library's cosine differs between platforms.</summary>
internal static class CosineFunction
{
    private const double Pi = 3.14159265358979323846;

    /// <summary>cos(π x) for x in [0, 1]; exact at 0, ½ and 1.</summary>
    public static double OfPiTimes(double x)
    {
        // cos π(1 − x) = −cos πx and cos πx = sin π(½ − x): the argument of the series stays within π/4, the differences are exact.
        if (x > 0.5)
            return -OfPiTimes(1 - x);
        return x <= 0.25 ? Cosine(Pi * x) : Sine(Pi * (0.5 - x));
    }

    /// <summary>cos(2π x) for x ≥ 0; what is whole in x is left out exactly.</summary>
    public static double OfTwoPiTimes(double x)
    {
        var part = x - Math.Floor(x);
        return OfPiTimes(part <= 0.5 ? 2 * part : 2 - (2 * part));
    }

    // Taylor's series; the first term left out is below 2e-18 for |y| ≤ π/4.
    // cos y = 1 − y²/2! + y⁴/4! − … + y¹⁶/16!
    private static double Cosine(double y)
    {
        var square = y * y;
        var sum = 1.0;
        for (var n = 16; n >= 2; n -= 2)
            sum = 1 - (square / (n * (n - 1)) * sum);
        return sum;
    }

    // sin y = y − y³/3! + y⁵/5! − … + y¹⁷/17!
    private static double Sine(double y)
    {
        var square = y * y;
        var sum = 1.0;
        for (var n = 17; n >= 3; n -= 2)
            sum = 1 - (square / (n * (n - 1)) * sum);
        return y * sum;
    }
}
