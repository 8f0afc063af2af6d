using NnService.Engine.Kernels;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// The regularized incomplete beta function Iₓ(a, b), by its continued fraction (DLMF 8.17.22). P(X ≥ k) of n rows of which each is a hit with probability x is
/// Iₓ(k, n − k + 1) (DLMF 8.17.5); neither has to be a whole number here.
/// </summary>
internal static class IncompleteBeta
{
    private const int MostTerms = 20_000; // some √max(a, b) are needed
    private const double Accuracy = 1e-15;
    private const double Tiny = 1e-300;
    private const double HalfLogTwoPi = 0.91893853320467274178;
    private const double FromSeries = 12;

    /// <summary>Iₓ(a, b).</summary>
    /// <param name="x">0 to 1.</param>
    /// <param name="a">Above 0.</param>
    /// <param name="b">At least 0; with 0 the function is 0 below x = 1.</param>
    internal static double Of(double x, double a, double b)
    {
        if (x >= 1)
            return 1;
        if (x <= 0 || b <= 0)
            return 0;
        var logBeta = LogGamma(a) + LogGamma(b) - LogGamma(a + b);
        var front = Transcendentals.Exp((a * Transcendentals.Log(x)) + (b * Transcendentals.Log1p(-x)) - logBeta);
        return x < (a + 1) / (a + b + 2) ? front * Fraction(x, a, b) / a : 1 - (front * Fraction(1 - x, b, a) / b); // it converges fast below the mean
    }

    // 1 / (1 + d₁ / (1 + d₂ / (1 + …))) from the front (Lentz 1976, Thompson and Barnett 1986).
    private static double Fraction(double x, double a, double b)
    {
        var (numerator, denominator) = (1.0, NotZero(1 - ((a + b) * x / (a + 1))));
        denominator = 1 / denominator;
        var value = denominator;
        for (var m = 1; m <= MostTerms; m++)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            denominator = 1 / NotZero(1 + (even * denominator));
            numerator = NotZero(1 + (even / numerator));
            value *= numerator * denominator;
            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            denominator = 1 / NotZero(1 + (odd * denominator));
            numerator = NotZero(1 + (odd / numerator));
            var change = numerator * denominator;
            value *= change;
            if (Math.Abs(change - 1) < Accuracy)
                break;
        }

        return value;
    }

    private static double NotZero(double x) => Math.Abs(x) < Tiny ? Tiny : x;

    /// <summary>ln Γ(x) for x above 0: Stirling's series (DLMF 5.11.1) from 12 on, below by Γ(x) = Γ(x + 1) / x.</summary>
    internal static double LogGamma(double x)
    {
        var product = 1.0;
        for (; x < FromSeries; x++)
            product *= x;
        var (inverse, square) = (1 / x, 1 / (x * x));
        var series = inverse * ((1.0 / 12) - (square * ((1.0 / 360) - (square * ((1.0 / 1260) - (square * ((1.0 / 1680) - (square / 1188))))))));
        return ((x - 0.5) * Transcendentals.Log(x)) - x + HalfLogTwoPi + series - Transcendentals.Log(product);
    }
}
