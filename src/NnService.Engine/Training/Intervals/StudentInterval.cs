namespace NnService.Engine.Training.Intervals;

/// <summary>Mean, spread and 95 % interval of a few figures of any size, by Student's t.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation, s = √(Σ (x − mean)² / (n − 1)).</param>
/// <param name="Low">mean − t · s · √(1 / n + share), with t of n − 1 degrees of freedom.</param>
/// <param name="High">mean + the same.</param>
public sealed record StudentInterval(double Mean, double Deviation, double Low, double High)
{
    /// <summary>The interval; its ends are numbers, however large the figures are.</summary>
    /// <param name="figures">At least two, finite.</param>
    /// <param name="share">What is added to 1 / n where the figures are no independent ones.</param>
    public static StudentInterval Of(ReadOnlySpan<double> figures, double share = 0)
    {
        var mean = Magnitude.Mean(figures);
        var (deviations, unit) = Magnitude.Differences(figures, mean);
        var (squares, exponent) = Magnitude.Squares(deviations);
        var deviation = Math.Sqrt(squares / (figures.Length - 1));
        var half = NormalTail.StudentT(figures.Length - 1) * deviation * Math.Sqrt((1.0 / figures.Length) + share);
        (deviation, half) = (Finite(Math.ScaleB(deviation, exponent + unit)), Math.ScaleB(half, exponent + unit));
        return new StudentInterval(mean, deviation, Finite(mean - half), Finite(mean + half));
    }

    private static double Finite(double number) => Math.Clamp(number, double.MinValue, double.MaxValue);
}
