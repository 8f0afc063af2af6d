using NnService.Engine.Kernels;

namespace NnService.Engine.Training.Intervals;

/// <summary>Quantiles that leave 2.5 % on either side.</summary>
public static class NormalTail
{
    /// <summary>Of the normal distribution.</summary>
    internal const double Z = 1.959963984540054;

    private const double SquareRootOfHalf = 0.70710678118654752440;

    // Of Student's t distribution with 1, 2, 3 and 4 degrees of freedom, where the expansion below is not good enough.
    private static readonly double[] s_fewDegrees = [12.706204736432095, 4.302652729749464, 3.1824463052842629, 2.7764451051977987];

    /// <summary>
    /// Of Student's t distribution with some degrees of freedom, at least 1: Abramowitz and Stegun 1964, 26.7.5, to four digits from five degrees on.
    /// </summary>
    /// <param name="degrees">Degrees of freedom; of a fraction below 4 the whole part.</param>
    public static double StudentT(double degrees)
    {
        if (degrees <= s_fewDegrees.Length)
            return s_fewDegrees[(int)degrees - 1];
        const double Z3 = Z * Z * Z;
        const double Z5 = Z3 * Z * Z;
        const double Z7 = Z5 * Z * Z;
        const double Z9 = Z7 * Z * Z;
        return Z + ((Z3 + Z) / (4 * degrees)) + (((5 * Z5) + (16 * Z3) + (3 * Z)) / (96 * degrees * degrees))
            + (((3 * Z7) + (19 * Z5) + (17 * Z3) - (15 * Z)) / (384 * degrees * degrees * degrees))
            + (((79 * Z9) + (776 * Z7) + (1482 * Z5) - (1920 * Z3) - (945 * Z)) / (92160 * degrees * degrees * degrees * degrees));
    }

    /// <summary>
    /// The share to cut off on either side of a bootstrap distribution over n rows, at least 2: Φ(−t √(n / (n − 1))) instead of 2.5 %, since such distributions
    /// are too narrow where rows are few (the expanded percentile interval: Hesterberg 2015, section 5.3).
    /// </summary>
    internal static double BootstrapTail(double rows) =>
        0.5 * (1 - Transcendentals.Erf(StudentT(rows - 1) * Math.Sqrt(rows / (rows - 1)) * SquareRootOfHalf));
}
