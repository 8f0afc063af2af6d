namespace NnService.Engine.Schedules;

/// <summary>xⁿ for whole n ≥ 0 by repeated squaring: multiplications alone, so the same bits everywhere.</summary>
internal static class WholePower
{
    public static double Of(double x, int n)
    {
        var power = 1.0;
        for (; n > 0; n >>= 1, x *= x)
            if ((n & 1) != 0)
                power *= x;
        return power;
    }
}
