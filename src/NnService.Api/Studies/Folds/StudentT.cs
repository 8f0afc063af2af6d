namespace NnService.Api.Studies.Folds;

/// <summary>The 97.5 % point of Student's t distribution.</summary>
internal static class StudentT
{
    // Fisher and Yates, Statistical Tables, table III, for 1 to 30 degrees of freedom.
    private static readonly double[] s_points =
    [
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314,
        2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
    ];

    private const double Normal = 1.959964; // the same point of the normal distribution

    /// <summary>For at least 1 degree of freedom; beyond the table by its expansion around the normal one (Abramowitz and Stegun 26.7.5).</summary>
    public static double Point(int degrees)
    {
        if (degrees <= s_points.Length)
            return s_points[degrees - 1];
        var (z3, z5) = (Math.Pow(Normal, 3), Math.Pow(Normal, 5));
        return Normal + ((z3 + Normal) / (4.0 * degrees)) + (((5 * z5) + (16 * z3) + (3 * Normal)) / (96.0 * degrees * degrees));
    }
}
