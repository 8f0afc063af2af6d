using System.Numerics;

namespace NnService.Engine.Tests.Kernels;

/// <summary>
/// The functions of <c>Transcendentals</c> in slow fixed-point arithmetic on whole numbers, correct to 100 binary places or more: the oracle of its tests.
/// A value is <c>Digits · 2^(Exponent − 224)</c>.
/// </summary>
internal readonly record struct ExactReal(BigInteger Digits, int Exponent)
{
    private const int Places = 224;
    private static readonly BigInteger One = BigInteger.One << Places;
    private static readonly BigInteger Ln2 = 2 * ArtanhSeries(One / 3);
    private static readonly BigInteger Pi = 16 * ArctanOfInverse(5) - (4 * ArctanOfInverse(239)); // Machin

    public static ExactReal Exp(double x)
    {
        var fixedX = Fixed(x);
        var k = (int)Math.Round(x / 0.6931471805599453);
        return new ExactReal(ExpSeries(fixedX - (k * Ln2)), k);
    }

    public static ExactReal Expm1(double x)
    {
        if (x > 200)
            return Exp(x);
        if (x < -200)
            return new ExactReal(-One, 0);
        var e = Exp(x);
        return new ExactReal(Shift(e.Digits, e.Exponent) - One, 0);
    }

    public static ExactReal Log(double x)
    {
        var k = Math.ILogB(x);
        return new ExactReal(LogOfFixed(Fixed(Math.ScaleB(x, -k))) + (k * Ln2), 0);
    }

    public static ExactReal Log1p(double x)
    {
        if (x > 1e30)
            return Log(x);
        if (Math.Abs(x) > 1e-30)
            return new ExactReal(LogOfFixed(One + Fixed(x)), 0);
        var k = x == 0 ? 0 : Math.ILogB(x);
        return new ExactReal(Fixed(Math.ScaleB(x, -k)), k); // x − x²/2 …: equal to 100 places
    }

    public static ExactReal Tanh(double x)
    {
        if (Math.Abs(x) > 100)
            return new ExactReal(Math.Sign(x) * One, 0);
        var e = Exp(2 * x);
        var square = Shift(e.Digits, e.Exponent);
        return new ExactReal(Divide(square - One, square + One), 0);
    }

    public static ExactReal Sigmoid(double x)
    {
        var e = Exp(-Math.Abs(x));
        var denominator = One + Shift(e.Digits, e.Exponent);
        return x >= 0 ? new ExactReal(Divide(One, denominator), 0) : new ExactReal(Divide(e.Digits, denominator), e.Exponent);
    }

    public static ExactReal Softplus(double x)
    {
        var e = Exp(-Math.Abs(x));
        if (x < -60)
            return e; // log(1 + e) = e − e²/2 …: equal to 86 places
        return new ExactReal((x > 0 ? Fixed(x) : 0) + LogOfFixed(One + Shift(e.Digits, e.Exponent)), 0);
    }

    /// <summary>erf x = 2/√π · Σ (−1)ⁿ x^(2n+1) / (n! (2n + 1)); the terms grow to e^x² before they shrink, which 224 places bear up to 7.</summary>
    public static ExactReal Erf(double x)
    {
        if (Math.Abs(x) > 7)
            return new ExactReal(Math.Sign(x) * One, 0);
        var fixedX = Fixed(x);
        var square = Multiply(fixedX, fixedX);
        BigInteger sum = 0, term = fixedX;
        for (var n = 0; !term.IsZero; n++)
        {
            sum += term / ((2 * n) + 1);
            term = -Multiply(term, square) / (n + 1);
        }

        return new ExactReal(Divide(2 * sum, Sqrt(Pi)), 0);
    }

    /// <summary>sin πx = sin πr up to its sign, x = r + whole turns of 2 taken off exactly.</summary>
    public static ExactReal SinPi(double x) => SineOf(Multiply(Pi, Turn(Fixed(x))));

    /// <summary>cos πx = sin π(½ − x)</summary>
    public static ExactReal CosPi(double x) => SineOf(Multiply(Pi, Turn((One >> 1) - Fixed(x))));

    // Into [−½, ½], where sin π(1 − x) = sin πx.
    private static BigInteger Turn(BigInteger x)
    {
        x = BigInteger.Remainder(x, 2 * One);
        x = x > One ? x - (2 * One) : x < -One ? x + (2 * One) : x;
        return x > One >> 1 ? One - x : x < -(One >> 1) ? -One - x : x;
    }

    private static ExactReal SineOf(BigInteger angle)
    {
        var square = Multiply(angle, angle);
        BigInteger sum = 0, term = angle;
        for (var n = 1; !term.IsZero && term != -1; n += 2)
        {
            sum += term;
            term = -Multiply(term, square) / ((n + 1) * (n + 2));
        }

        return new ExactReal(sum, 0);
    }

    /// <summary>|actual − this| in units of the last place of this value's float64 (or float32) neighbour; subnormal spacing below the normal
    /// numbers.</summary>
    public double UlpsFrom(double actual, bool single)
    {
        var (fraction, lowest, highest) = single ? (24, -149, 128) : (53, -1074, 1024);
        var magnitude = (int)BigInteger.Abs(Digits).GetBitLength() - Places + Exponent;
        var ulp = Math.Max(magnitude - fraction, lowest); // exponent of one ulp
        if (double.IsInfinity(actual))
            return magnitude > highest - 1 ? 0 : double.PositiveInfinity;
        // Both in units of 2^(ulp − 60).
        var expected = Shift(Digits, Exponent - Places - ulp + 60);
        return (double)BigInteger.Abs(expected - Integer(actual, ulp - 60)) / Math.ScaleB(1, 60);
    }

    /// <summary>x / 2^unit as a whole number, lower digits dropped.</summary>
    private static BigInteger Integer(double x, int unit)
    {
        if (x == 0)
            return 0;
        var exponent = Math.ILogB(x) - 52;
        return Shift(new BigInteger(Math.ScaleB(x, -exponent)), exponent - unit);
    }

    private static BigInteger Fixed(double x) => Integer(x, -Places);

    private static BigInteger Shift(BigInteger value, int places) => places >= 0 ? value << places : value >> -places;

    private static BigInteger Multiply(BigInteger a, BigInteger b) => (a * b) >> Places;

    private static BigInteger Divide(BigInteger a, BigInteger b) => (a << Places) / b;

    private static BigInteger ExpSeries(BigInteger r)
    {
        const int halvings = 12;
        var small = r >> halvings;
        BigInteger sum = One, term = One;
        for (var n = 1; !term.IsZero && term != -1; n++)
        {
            term = Multiply(term, small) / n;
            sum += term;
        }

        for (var i = 0; i < halvings; i++)
            sum = Multiply(sum, sum);
        return sum;
    }

    private static BigInteger LogOfFixed(BigInteger value)
    {
        var k = (int)value.GetBitLength() - Places;
        var m = Shift(value, -k); // in [½, 1)
        if (k is 0 or 1)
            (m, k) = (value, 0); // near 1 nothing may cancel against k · ln 2
        return (2 * ArtanhSeries(Divide(m - One, m + One))) + (k * Ln2);
    }

    private static BigInteger ArtanhSeries(BigInteger s)
    {
        var square = Multiply(s, s);
        BigInteger sum = 0, power = s;
        for (var n = 1; !power.IsZero && power != -1; n += 2)
        {
            sum += power / n;
            power = Multiply(power, square);
        }

        return sum;
    }

    private static BigInteger ArctanOfInverse(int n)
    {
        BigInteger sum = 0, power = One / n;
        for (var i = 1; !power.IsZero; i += 2)
        {
            sum += i % 4 == 1 ? power / i : -power / i;
            power /= n * n;
        }

        return sum;
    }

    /// <summary>Newton's method on whole numbers.</summary>
    private static BigInteger Sqrt(BigInteger value)
    {
        var radicand = value << Places;
        var root = BigInteger.One << (int)((radicand.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (root + (radicand / root)) >> 1;
            if (next >= root)
                return root;
            root = next;
        }
    }
}
