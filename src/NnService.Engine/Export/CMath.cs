using System.Text;

namespace NnService.Engine.Export;

/// <summary>
/// The elementary functions of <c>Kernels/Transcendentals.cs</c> as C99, operation by operation, so that they give the same bits. <c>REAL</c>, <c>UINT</c> and
/// <c>_F</c> in the text stand for the type, the integer of its size, and the suffix of the functions' names; <c>$</c> for the model's prefix.
/// </summary>
internal static class CMath
{
    private const string Reduction =
        """
        static REAL $fma_F(REAL a, REAL b, REAL c) { return FMA(a, b, c); }
        static REAL $of_bits_F(UINT bits) { REAL x; memcpy(&x, &bits, sizeof x); return x; }
        static UINT $bits_F(REAL x) { UINT bits; memcpy(&bits, &x, sizeof bits); return bits; }
        static REAL $abs_F(REAL x) { return $of_bits_F((UINT)($bits_F(x) & SIGNLESS)); }
        static REAL $with_sign_F(REAL x, REAL sign) { return $of_bits_F((UINT)(($bits_F(x) & SIGNLESS) | ($bits_F(sign) & ~SIGNLESS))); }
        static REAL $power_of_two_F(REAL k) { return $of_bits_F((UINT)((UINT)((int)k + BIAS) << FRACTION)); }

        /* x = k ln 2 + r; returns e^r - 1 */
        static REAL $reduce_exp_F(REAL x, REAL *k)
        {
            REAL r;
            *k = $fma_F(x, INV_LN2, ROUNDER) - ROUNDER;
            r = $fma_F(-*k, LN2_HIGH, x);
            r = $fma_F(-*k, LN2_LOW, r);
            return $fma_F(r * r, $exp_poly_F(r), r);
        }

        static REAL $exp_F(REAL x)
        {
            REAL k, half, e;
            if (x != x)
                return x;
            if (x > EXP_MOST)
                return (REAL)INFINITY;
            if (x < EXP_LEAST)
                return 0;
            e = $reduce_exp_F(x, &k);
            half = $fma_F(k, HALF, ROUNDER) - ROUNDER;
            return (1 + e) * $power_of_two_F(half) * $power_of_two_F(k - half);
        }

        static REAL $expm1_F(REAL x)
        {
            REAL k, e, power, y;
            if (x != x)
                return x;
            if (x > EXP_MOST)
                return (REAL)INFINITY;
            if (x < EXPM1_LEAST)
                return -1;
            e = $reduce_exp_F(x, &k);
            if (k == 0)
                return e;
            power = $power_of_two_F(k - 1);
            y = $fma_F(power, e, power - HALF);
            return y + y;
        }

        static REAL $log1p_F(REAL x)
        {
            REAL u = 1 + x, virtual_x = u - 1, lost = (1 - (u - virtual_x)) + (x - virtual_x);
            REAL k, f, correction = 0, s, square, half_square, tail;
            UINT bits, biased;
            if (!(u < (REAL)INFINITY))
                return x;
            if (u < 0)
                return (REAL)NAN;
            if (u == 0)
                return -(REAL)INFINITY;
            bits = $bits_F(u);
            biased = (UINT)((UINT)(bits - (SQRT_HALF - ((UINT)BIAS << FRACTION))) >> FRACTION);
            k = (REAL)((int)biased - BIAS);
            if (k == 0)
                f = x;
            else {
                f = $of_bits_F((UINT)(bits - (UINT)(biased << FRACTION) + ((UINT)BIAS << FRACTION))) - 1;
                correction = lost / u;
            }
            s = f / (2 + f);
            square = s * s;
            half_square = HALF * f * f;
            tail = $fma_F(k, LN2_LOW, correction);
            tail = $fma_F(s, $fma_F(square, $log_poly_F(square), half_square), tail);
            return $fma_F(k, LN2_HIGH, f - (half_square - tail));
        }

        static REAL $tanh_F(REAL x)
        {
            REAL a = $abs_F(x), k, power, e;
            if (x != x)
                return x;
            if (a > TANH_MOST)
                a = TANH_MOST;
            e = $reduce_exp_F(a + a, &k);
            power = $power_of_two_F(k);
            e = $fma_F(power, e, power - 1);
            return $with_sign_F(e / (e + 2), x);
        }

        static REAL $sigmoid_F(REAL z)
        {
            REAL e = $exp_F(-$abs_F(z));
            return (z < 0 ? e : 1) / (1 + e);
        }

        static REAL $softplus_F(REAL z) { return (z > 0 ? z : 0) + $log1p_F($exp_F(-$abs_F(z))); }

        static REAL $erf_F(REAL x)
        {
            REAL a = $abs_F(x), square, t;
            if (x != x)
                return x;
            if (a > ERF_MOST)
                a = ERF_MOST;
            square = a * a;
            if (a > 1) {
                t = (a - ERF_MIDDLE) / (a + ERF_MIDDLE);
                return $with_sign_F($fma_F(-$exp_F(-square), $erf_far_poly_F(t), 1), x);
            }
            return $with_sign_F($fma_F(a, $erf_near_poly_F(square), a), x);
        }

        /* x less whole turns of 2 is n/2 + r; returns n, and the sine and cosine of pi r */
        static REAL $reduce_pi_F(REAL x, REAL *sine, REAL *cosine)
        {
            REAL turns = NEAREST(x * HALF), rest = x - (turns + turns), n = NEAREST(rest + rest), r = rest - n * HALF, square = r * r;
            *sine = $fma_F(r, PI_HIGH, r * $sin_poly_F(square));
            *cosine = $fma_F(square, $cos_poly_F(square), 1);
            return n;
        }

        static REAL $sinpi_F(REAL x)
        {
            REAL sine, cosine, n = $reduce_pi_F(x, &sine, &cosine), y = $abs_F(n) == 1 ? cosine : sine;
            return n == -1 || $abs_F(n) == 2 ? -y : y;
        }

        static REAL $cospi_F(REAL x)
        {
            REAL sine, cosine, n = $reduce_pi_F(x, &sine, &cosine), y = $abs_F(n) == 1 ? sine : cosine;
            return n == 1 || $abs_F(n) == 2 ? -y : y;
        }

        """;

    /// <summary>The functions for double.</summary>
    public static string Double { get; } = Text(
        Polynomial("exp_poly", [
            0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326136, 0.0013888888888883748, 0.00019841269874820627,
            2.4801587325547743e-05, 2.7557255400206422e-06, 2.75572736431103e-07, 2.5105217004720745e-08, 2.0914686968086876e-09], false)
        + Polynomial("log_poly", [
            0.666666666666667, 0.39999999999899444, 0.2857142862600327, 0.22222211130259878, 0.18182889455674947, 0.15331710618210773,
            0.14616585424888623], false)
        + Polynomial("erf_near_poly", [
            0.12837916709551256, -0.37612638903183543, 0.11283791670945006, -0.02686617064323777, 0.0052239776071164225, -0.0008548325975389692,
            0.00012055294904839707, -1.492473690741966e-05, 1.6447424703317362e-06, -1.6208483801871705e-07, 1.3720064546777686e-08,
            -7.795898827002142e-10], false)
        + Polynomial("erf_far_poly", [
            0.2108063640611436, -0.37173673394897294, 0.2517131932174488, -0.12503305237891782, 0.03992253907546523, -0.003993701160123029,
            -0.0026423659518134547, 0.0008759152875774328, 0.0002283799633257643, -0.00012887483134837842, -3.4175718896856294e-05,
            1.8596747731144528e-05, 7.499735050763299e-06, -2.2328516517555215e-06, -1.587633893127344e-06], false)
        + Polynomial("sin_poly", [
            1.2246467991473532e-16, -5.167712780049969, 2.5501640398766154, -0.5992645291845385, 0.08214587730641625, -0.0073701436435937495,
            0.00046221110224187623], false)
        + Polynomial("cos_poly", [
            -4.934802200544679, 4.058712126416765, -1.3352627688538095, 0.23533063028399223, -0.025806887964701878, 0.001929493874894941,
            -0.00010370082971594627], false)
        + Reduction,
        [
            ("REAL", "double"), ("UINT", "uint64_t"), ("FMA", "fma"), ("SIGNLESS", "0x7fffffffffffffffu"), ("BIAS", "1023"), ("FRACTION", "52"),
            ("INV_LN2", "1.4426950408889634"), ("ROUNDER", "6755399441055744.0"), ("LN2_HIGH", "0.693147180559663"), ("LN2_LOW", "2.8235290563031577e-13"),
            ("EXP_MOST", "710.0"), ("EXP_LEAST", "-746.0"), ("EXPM1_LEAST", "-40.0"), ("TANH_MOST", "20.0"), ("ERF_MOST", "6.0"), ("ERF_MIDDLE", "2.5"),
            ("SQRT_HALF", "0x3fe6a09e667f3bcdu"), ("HALF", "0.5"), ("NEAREST", "rint"), ("PI_HIGH", "3.141592653589793"), ("_F", "_f64"),
        ]);

    /// <summary>The functions for float.</summary>
    public static string Single { get; } = Text(
        Polynomial("exp_poly", [0.5, 0.166666672, 0.0416664667, 0.00833331048, 0.00139336498, 0.000198909911], true)
        + Polynomial("log_poly", [0.666666865, 0.39988777, 0.295800537], true)
        + Polynomial("erf_near_poly", [0.128379166, -0.37612626, 0.112835944, -0.0268542115, 0.00518908724, -0.00080168643, 7.87587487e-05], true)
        + Polynomial("erf_far_poly", [0.21080637, -0.371736795, 0.251712203, -0.125030175, 0.0399643853, -0.00398635026, -0.0031158498], true)
        + Polynomial("sin_poly", [-8.74227766e-08, -5.16771221, 2.54998493, -0.591611743], true)
        + Polynomial("cos_poly", [-4.93480206, 4.05871058, -1.33513784, 0.232125416], true)
        + Reduction,
        [
            ("REAL", "float"), ("UINT", "uint32_t"), ("FMA", "fmaf"), ("SIGNLESS", "0x7fffffffu"), ("BIAS", "127"), ("FRACTION", "23"),
            ("INV_LN2", "1.44269502f"), ("ROUNDER", "12582912.0f"), ("LN2_HIGH", "0.693145752f"), ("LN2_LOW", "1.42860677e-06f"),
            ("EXP_MOST", "89.0f"), ("EXP_LEAST", "-105.0f"), ("EXPM1_LEAST", "-20.0f"), ("TANH_MOST", "10.0f"), ("ERF_MOST", "4.0f"), ("ERF_MIDDLE", "2.5f"),
            ("SQRT_HALF", "0x3f3504f3u"), ("HALF", "0.5f"), ("NEAREST", "rintf"), ("PI_HIGH", "3.14159274f"), ("_F", "_f32"),
        ]);

    // Estrin's scheme, in the order of Kernels/Polynomial.cs for each number of coefficients.
    private static string Polynomial(string name, double[] c, bool isSingle)
    {
        string C(int i) => isSingle ? $"{(float)c[i]}f" : $"{c[i]}";
        string Pair(int i) => $"$fma_F(x, {C(i + 1)}, {C(i)})";
        string Four(int i) => $"$fma_F(x2, {Pair(i + 2)}, {Pair(i)})";
        string Low() => $"$fma_F(x4, {Four(4)}, {Four(0)})";
        var value = c.Length switch
        {
            3 => $"$fma_F(x2, {C(2)}, {Pair(0)})",
            4 => Four(0),
            6 => $"$fma_F(x4, {Pair(4)}, {Four(0)})",
            7 => $"$fma_F(x4, $fma_F(x2, {C(6)}, {Pair(4)}), {Four(0)})",
            11 => $"$fma_F(x4 * x4, $fma_F(x2, {C(10)}, {Pair(8)}), {Low()})",
            12 => $"$fma_F(x4 * x4, {Four(8)}, {Low()})",
            _ => $"$fma_F(x4 * x4, $fma_F(x4, $fma_F(x2, {C(14)}, {Pair(12)}), {Four(8)}), {Low()})",
        };
        var powers = c.Length <= 4 ? "REAL x2 = x * x;" : "REAL x2 = x * x, x4 = x2 * x2;";
        return $"static REAL ${name}_F(REAL x)\n{{\n    {powers}\n    return {value};\n}}\n\n";
    }

    // Declared first, since the polynomials use the fused multiply-add.
    private static string Text(string template, (string Word, string Meaning)[] words)
    {
        var text = new StringBuilder("static REAL $fma_F(REAL a, REAL b, REAL c);\n\n" + template);
        foreach (var (word, meaning) in words)
            text.Replace(word, meaning);
        return text.ToString();
    }
}
