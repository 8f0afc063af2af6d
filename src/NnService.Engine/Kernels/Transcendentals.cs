using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>
/// exp, expm1, log, log1p, tanh, erf, sigmoid, softplus, sinPi and cosPi for float and double, the same bits on every processor.
/// </summary>
/// <remarks>
/// <para>
/// The C library's functions differ between platforms and the base class library's vector ones between vector widths. These are polynomials made of additions,
/// multiplications, divisions and fused multiply-adds alone, each of which IEEE 754 rounds exactly; where 512-bit vectors are missing, the runtime
/// splits them, which changes no lane. A scalar goes through the same code as a vector.
/// </para>
/// <para>
/// Coefficients: interpolation at the Chebyshev points of the reduced interval in 200-bit arithmetic, rounded; the approximation error stays below a tenth of
/// half an ulp. Argument reductions: Muller, Elementary Functions, 3rd ed., chapters 9 to 11.
/// </para>
/// <para>
/// NaN in, NaN out. Subnormal arguments and results are right, not flushed. The sign of a zero result is kept by tanh and erf only.
/// </para>
/// </remarks>
public static class Transcendentals
{
    /// <summary>e^x. Overflows to +∞ above 709.78 (float 88.72), underflows gradually to 0 below −745.13 (float −103.97).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // e^x = 2^k · e^r = 2^k · (1 + (e^r − 1))
        var expm1OfRest = ReduceExp(x, out var k);
        var y = FloatingPoint<T>.ScaleByPowerOfTwo(Vector512<T>.One + expm1OfRest, k);
        // Outside these bounds k no longer fits; the result is already decided.
        y = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Constant<T>(710, 89)), Constant<T>(double.PositiveInfinity), y);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Constant<T>(-746, -105)), Vector512<T>.Zero, y);
    }

    /// <summary>e^x − 1 without the cancellation near 0; −1 for very negative x, +∞ above 709.78 (float 88.72).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Expm1<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // e^x − 1 = 2 · (2^(k−1) · (e^r − 1) + (2^(k−1) − ½)), with k − 1 so that k = 1024 (float 128) still has its power.
        var expm1OfRest = ReduceExp(x, out var k);
        var half = Constant<T>(0.5);
        var power = FloatingPoint<T>.PowerOfTwo(k - Vector512<T>.One);
        var y = FloatingPoint<T>.MulAdd(power, expm1OfRest, power - half);
        y += y;
        // k = 0 apart: halving a subnormal would lose its last bit.
        y = Vector512.ConditionalSelect(Vector512.Equals(k, Vector512<T>.Zero), expm1OfRest, y);
        y = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Constant<T>(710, 89)), Constant<T>(double.PositiveInfinity), y);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Constant<T>(-40, -20)), -Vector512<T>.One, y);
    }

    /// <summary>Natural logarithm. −∞ at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Subnormal numbers are lifted by 2^54 (float 2^25) first, so that their exponent field can be read.
        var subnormal = Vector512.LessThan(x, Constant<T>(2.2250738585072014e-308, 1.17549435e-38));
        var lifted = Vector512.ConditionalSelect(subnormal, x * Constant<T>(18014398509481984, 33554432), x);
        var m = FloatingPoint<T>.Split(lifted, out var k);
        k -= subnormal & Constant<T>(54, 25);
        var y = LogOfSplit(m - Vector512<T>.One, k, Vector512<T>.Zero);
        return LogLimits(x, x, y);
    }

    /// <summary>log(1 + x) without the cancellation near 0. −∞ at −1, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log1p<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // u = 1 + x rounded, lost = (1 + x) − u exactly (Knuth's two-sum); log(1 + x) = log(u) + lost / u + O(lost²).
        var one = Vector512<T>.One;
        var u = one + x;
        var virtualX = u - one;
        var lost = (one - (u - virtualX)) + (x - virtualX);
        var m = FloatingPoint<T>.Split(u, out var k);
        // With k = 0, x itself is the rest of u above 1, and nothing is lost.
        var whole = Vector512.Equals(k, Vector512<T>.Zero);
        var f = Vector512.ConditionalSelect(whole, x, m - one);
        var correction = Vector512.AndNot(lost / u, whole);
        return LogLimits(x, u, LogOfSplit(f, k, correction));
    }

    /// <summary>tanh x = (e^2|x| − 1) / (e^2|x| + 1) with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Tanh<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // From 20 (float 10) on the quotient rounds to 1. Written with a select, because NaN must pass.
        var limit = Constant<T>(20, 10);
        var a = Vector512.Abs(x);
        a = Vector512.ConditionalSelect(Vector512.GreaterThan(a, limit), limit, a);
        var expm1OfRest = ReduceExp(a + a, out var k);
        var power = FloatingPoint<T>.PowerOfTwo(k);
        var e = FloatingPoint<T>.MulAdd(power, expm1OfRest, power - Vector512<T>.One);
        return Vector512.CopySign(e / (e + Constant<T>(2)), x);
    }

    /// <summary>1 / (1 + e^−z), from e^−|z| so that nothing overflows and small values keep their digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sigmoid<T>(Vector512<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The bits of Exp(−|z|) divided by 1 + Exp(−|z|), or of 1 divided by it, a few cycles sooner, which a small network waits for: 1 + e^−|z| needs no
        // scaled e^−|z|, since 2^k times it is exact wherever it counts beside 1, and the bounds of Exp are looked at while it is on its way.
        var one = Vector512<T>.One;
        var negative = Vector512.LessThan(z, Vector512<T>.Zero);
        var isTooFar = Vector512.GreaterThan(Vector512.Abs(z), Constant<T>(746, 105));
        var y = one + ReduceExp(z | Constant<T>(-0.0), out var k);
        var denominator = FloatingPoint<T>.MulAdd(FloatingPoint<T>.ScaleByPowerOfTwo(one, k), y, one);
        denominator = Vector512.ConditionalSelect(isTooFar, one, denominator);
        var numerator = Vector512.ConditionalSelect(
            Vector512.AndNot(negative, isTooFar), FloatingPoint<T>.ScaleByPowerOfTwo(y, k), Vector512.AndNot(one, negative));
        return numerator / denominator;
    }

    /// <summary>log(1 + e^z) = max(z, 0) + log1p(e^−|z|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Softplus<T>(Vector512<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var positive = Vector512.ConditionalSelect(Vector512.GreaterThan(z, Vector512<T>.Zero), z, Vector512<T>.Zero);
        return positive + Log1p(Exp(-Vector512.Abs(z)));
    }

    /// <summary>erf x = 2/√π · ∫₀ˣ e^−t² dt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Erf<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // |x| ≤ 1: x + x · P(x²).  Above: 1 − e^−x² · Q(t), t = (|x| − 2.5) / (|x| + 2.5), where e^x² · erfc x is smooth and 1 − … forgives Q's last bits.
        // From 6 (float 4) on erf rounds to 1.
        var limit = Constant<T>(6, 4);
        var a = Vector512.Abs(x);
        a = Vector512.ConditionalSelect(Vector512.GreaterThan(a, limit), limit, a);
        var square = a * a;
        var t = (a - Constant<T>(2.5)) / (a + Constant<T>(2.5));
        Vector512<T> p, q;
        if (typeof(T) == typeof(float))
        {
            p = Polynomial<T>.Evaluate(square, 0.128379166, -0.37612626, 0.112835944, -0.0268542115, 0.00518908724, -0.00080168643, 7.87587487e-05);
            q = Polynomial<T>.Evaluate(t, 0.21080637, -0.371736795, 0.251712203, -0.125030175, 0.0399643853, -0.00398635026, -0.0031158498);
        }
        else
        {
            p = Polynomial<T>.Evaluate(
                square, 0.12837916709551256, -0.37612638903183543, 0.11283791670945006, -0.02686617064323777, 0.0052239776071164225, -0.0008548325975389692,
                0.00012055294904839707, -1.492473690741966e-05, 1.6447424703317362e-06, -1.6208483801871705e-07, 1.3720064546777686e-08,
                -7.795898827002142e-10);
            q = Polynomial<T>.Evaluate(
                t, 0.2108063640611436, -0.37173673394897294, 0.2517131932174488, -0.12503305237891782, 0.03992253907546523, -0.003993701160123029,
                -0.0026423659518134547, 0.0008759152875774328, 0.0002283799633257643, -0.00012887483134837842, -3.4175718896856294e-05,
                1.8596747731144528e-05, 7.499735050763299e-06, -2.2328516517555215e-06, -1.587633893127344e-06);
        }

        var near = FloatingPoint<T>.MulAdd(a, p, a);
        var far = FloatingPoint<T>.MulAdd(-Exp(-square), q, Vector512<T>.One);
        return Vector512.CopySign(Vector512.ConditionalSelect(Vector512.GreaterThan(a, Vector512<T>.One), far, near), x);
    }

    /// <summary>sin πx, as IEEE 754-2019 recommends it: no argument is too large, since whole turns are taken off without rounding. NaN for ±∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> SinPi<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // With x = n/2 + r:  n = 0: sin πr,  1: cos πr,  −1: −cos πr,  ±2: −sin πr.
        var n = ReducePi(x, out var sine, out var cosine);
        var y = Vector512.ConditionalSelect(Vector512.Equals(Vector512.Abs(n), Vector512<T>.One), cosine, sine);
        var isNegative = Vector512.Equals(n, -Vector512<T>.One) | Vector512.Equals(Vector512.Abs(n), Constant<T>(2));
        return Vector512.ConditionalSelect(isNegative, -y, y);
    }

    /// <summary>cos πx, likewise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> CosPi<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // n = 0: cos πr,  1: −sin πr,  −1: sin πr,  ±2: −cos πr.
        var n = ReducePi(x, out var sine, out var cosine);
        var y = Vector512.ConditionalSelect(Vector512.Equals(Vector512.Abs(n), Vector512<T>.One), sine, cosine);
        var isNegative = Vector512.Equals(n, Vector512<T>.One) | Vector512.Equals(Vector512.Abs(n), Constant<T>(2));
        return Vector512.ConditionalSelect(isNegative, -y, y);
    }

    /// <summary>a · b + c, rounded once, whatever the processor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MulAdd<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => FloatingPoint<T>.MulAdd(a, b, c);

    /// <inheritdoc cref="Exp{T}(Vector512{T})"/>
    public static T Exp<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Exp(Vector512.CreateScalar(x)).ToScalar();

    /// <inheritdoc cref="Expm1{T}(Vector512{T})"/>
    public static T Expm1<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Expm1(Vector512.CreateScalar(x)).ToScalar();

    /// <inheritdoc cref="Log{T}(Vector512{T})"/>
    public static T Log<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Log(Vector512.CreateScalar(x)).ToScalar();

    /// <inheritdoc cref="Log1p{T}(Vector512{T})"/>
    public static T Log1p<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Log1p(Vector512.CreateScalar(x)).ToScalar();

    /// <inheritdoc cref="Tanh{T}(Vector512{T})"/>
    public static T Tanh<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Tanh(Vector512.CreateScalar(x)).ToScalar();

    /// <inheritdoc cref="Sigmoid{T}(Vector512{T})"/>
    public static T Sigmoid<T>(T z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Sigmoid(Vector512.CreateScalar(z)).ToScalar();

    /// <inheritdoc cref="Softplus{T}(Vector512{T})"/>
    public static T Softplus<T>(T z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Softplus(Vector512.CreateScalar(z)).ToScalar();

    /// <inheritdoc cref="Erf{T}(Vector512{T})"/>
    public static T Erf<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Erf(Vector512.CreateScalar(x)).ToScalar();

    /// <inheritdoc cref="SinPi{T}(Vector512{T})"/>
    public static T SinPi<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => SinPi(Vector512.CreateScalar(x)).ToScalar();

    /// <inheritdoc cref="CosPi{T}(Vector512{T})"/>
    public static T CosPi<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => CosPi(Vector512.CreateScalar(x)).ToScalar();

    /// <summary>x − whole turns of 2 = n/2 + r with |r| ≤ ¼ and whole n from −2 to 2, all exact; gives sin πr and cos πr.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> ReducePi<T>(Vector512<T> x, out Vector512<T> sine, out Vector512<T> cosine)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var half = Constant<T>(0.5);
        var turns = FloatingPoint<T>.Round(x * half);
        var rest = x - (turns + turns);
        var n = FloatingPoint<T>.Round(rest + rest);
        var r = rest - (n * half);
        var square = r * r;
        Vector512<T> p, q;
        if (typeof(T) == typeof(float))
        {
            p = Polynomial<T>.Evaluate(square, -8.74227766e-08, -5.16771221, 2.54998493, -0.591611743);
            q = Polynomial<T>.Evaluate(square, -4.93480206, 4.05871058, -1.33513784, 0.232125416);
        }
        else
        {
            p = Polynomial<T>.Evaluate(
                square, 1.2246467991473532e-16, -5.167712780049969, 2.5501640398766154, -0.5992645291845385, 0.08214587730641625,
                -0.0073701436435937495, 0.00046221110224187623);
            q = Polynomial<T>.Evaluate(
                square, -4.934802200544679, 4.058712126416765, -1.3352627688538095, 0.23533063028399223, -0.025806887964701878,
                0.001929493874894941, -0.00010370082971594627);
        }

        // sin πr = r · (π + P(r²)) with the digits that π lacks in P's first coefficient; cos πr = 1 + r² · Q(r²).
        sine = FloatingPoint<T>.MulAdd(r, Constant<T>(Math.PI, 3.14159274), r * p);
        cosine = FloatingPoint<T>.MulAdd(square, q, Vector512<T>.One);
        return n;
    }

    /// <summary>x = k · ln 2 + r with |r| ≤ ½ ln 2; gives e^r − 1 = r + r² · P(r).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> ReduceExp<T>(Vector512<T> x, out Vector512<T> k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        k = FloatingPoint<T>.RoundedProduct(x, Constant<T>(1.4426950408889634, 1.44269502)); // 1 / ln 2
        // ln 2 in two parts (Cody & Waite); k times the first has no rounding, since its last 11 (float 9) bits are zero.
        var r = FloatingPoint<T>.MulAdd(k, Constant<T>(-0.693147180559663, -0.693145752), x);
        r = FloatingPoint<T>.MulAdd(k, Constant<T>(-2.8235290563031577e-13, -1.42860677e-06), r);
        var p = typeof(T) == typeof(float)
            ? Polynomial<T>.Evaluate(r, 0.5, 0.166666672, 0.0416664667, 0.00833331048, 0.00139336498, 0.000198909911)
            : Polynomial<T>.Evaluate(
                r, 0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326136, 0.0013888888888883748, 0.00019841269874820627,
                2.4801587325547743e-05, 2.7557255400206422e-06, 2.75572736431103e-07, 2.5105217004720745e-08, 2.0914686968086876e-09);
        return FloatingPoint<T>.MulAdd(r * r, p, r);
    }

    /// <summary>log((1 + f) · 2^k) + correction, for 1 + f in [√½, √2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> LogOfSplit<T>(Vector512<T> f, Vector512<T> k, Vector512<T> correction)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // With s = f / (2 + f): log(1 + f) = 2 artanh s = f − f²/2 + s · (f²/2 + R), R = s² · P(s²). The leading f is exact, so the sum loses little.
        var s = f / (Constant<T>(2) + f);
        var square = s * s;
        var p = typeof(T) == typeof(float)
            ? Polynomial<T>.Evaluate(square, 0.666666865, 0.39988777, 0.295800537)
            : Polynomial<T>.Evaluate(
                square, 0.666666666666667, 0.39999999999899444, 0.2857142862600327, 0.22222211130259878, 0.18182889455674947, 0.15331710618210773,
                0.14616585424888623);
        var halfSquare = Constant<T>(0.5) * f * f;
        var tail = FloatingPoint<T>.MulAdd(k, Constant<T>(2.8235290563031577e-13, 1.42860677e-06), correction);
        tail = FloatingPoint<T>.MulAdd(s, FloatingPoint<T>.MulAdd(square, p, halfSquare), tail);
        return FloatingPoint<T>.MulAdd(k, Constant<T>(0.693147180559663, 0.693145752), f - (halfSquare - tail));
    }

    /// <summary>Puts −∞, NaN and x itself (for +∞ and NaN) where <paramref name="argument"/> of the logarithm is 0, negative, or not finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> LogLimits<T>(Vector512<T> x, Vector512<T> argument, Vector512<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var ordinary = Vector512.LessThan(argument, Constant<T>(double.PositiveInfinity));
        y = Vector512.ConditionalSelect(ordinary, y, x);
        y = Vector512.ConditionalSelect(Vector512.LessThan(argument, Vector512<T>.Zero), Constant<T>(double.NaN), y);
        return Vector512.ConditionalSelect(Vector512.Equals(argument, Vector512<T>.Zero), Constant<T>(double.NegativeInfinity), y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Constant<T>(double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => FloatingPoint<T>.Constant(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Constant<T>(double value, double single)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => FloatingPoint<T>.Constant(value, single);
}
