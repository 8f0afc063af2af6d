using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text.Json;
using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public sealed class TranscendentalsTests
{
    public sealed record Approximation(
        string Name, double Lowest, double Highest, Func<double, double> InDouble, Func<float, float> InFloat, double MaxUlps, double MaxUlpsFloat)
    {
        public override string ToString() => Name;
    }

    // Bounds in ulps, float64 and float32. Beside them the worst found among 300,000 random arguments; a run of the suite takes 4,500 of them.
    public static readonly TheoryData<Approximation> Functions =
    [
        new("exp", -750, 711, Transcendentals.Exp, Transcendentals.Exp, 1.1, 1.1), // 0.98, 0.96
        new("expm1", -50, 711, Transcendentals.Expm1, Transcendentals.Expm1, 2, 1.5), // 1.85, 1.37
        new("log", 0, double.MaxValue, Transcendentals.Log, Transcendentals.Log, 0.9, 0.9), // 0.77, 0.80
        new("log1p", -1, double.MaxValue, Transcendentals.Log1p, Transcendentals.Log1p, 0.9, 0.9), // 0.77, 0.78
        new("tanh", -25, 25, Transcendentals.Tanh, Transcendentals.Tanh, 2.5, 2.5), // 2.32, 2.12
        new("sigmoid", -750, 50, Transcendentals.Sigmoid, Transcendentals.Sigmoid, 2.3, 2.3), // 2.11, 2.16
        new("softplus", -750, 750, Transcendentals.Softplus, Transcendentals.Softplus, 1.7, 1.7), // 1.54, 1.56
        new("erf", -7, 7, Transcendentals.Erf, Transcendentals.Erf, 1.3, 1.1), // 1.14, 0.95
        new("sinPi", -1000, 1000, Transcendentals.SinPi, Transcendentals.SinPi, 1.4, 1.3), // 1.31, 1.19
        new("cosPi", -1000, 1000, Transcendentals.CosPi, Transcendentals.CosPi, 1.4, 1.3), // 1.32, 1.12
    ];

    [Theory]
    [MemberData(nameof(Functions))]
    public void Double_is_within_its_bound_of_the_exact_value(Approximation function)
    {
        var (worst, at) = (0.0, 0.0);
        foreach (var x in Arguments(function.Lowest, function.Highest, 1500))
        {
            var ulps = Exact(function.Name, x).UlpsFrom(function.InDouble(x), single: false);
            if (!(ulps <= worst))
                (worst, at) = (ulps, x);
        }

        Assert.True(worst <= function.MaxUlps, $"{function.Name}({at:R}) is {worst:F3} ulp off.");
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Float_is_within_its_bound_of_the_exact_value(Approximation function)
    {
        var (worst, at) = (0.0, 0.0f);
        // Within the exponents of float, with subnormal results and the first overflow.
        var (lowest, highest) = (Math.Max(function.Lowest, -110), function.Highest > 1e4 ? float.MaxValue : Math.Min(function.Highest, 90));
        foreach (var x in Arguments(lowest, highest, 1500).Select(x => (float)x).Where(float.IsFinite).Where(x => x != 0))
        {
            var ulps = Exact(function.Name, x).UlpsFrom(function.InFloat(x), single: true);
            if (!(ulps <= worst))
                (worst, at) = (ulps, x);
        }

        Assert.True(worst <= function.MaxUlpsFloat, $"{function.Name}({at:R}) is {worst:F3} ulp off.");
    }

    [Fact]
    public void Values_on_the_reference_grid_are_within_1e_15_relative()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Reference", "activations.json")));
        var x = Numbers(file.RootElement.GetProperty("x"));
        var seen = 0;
        foreach (var testCase in file.RootElement.GetProperty("cases").EnumerateArray())
        {
            Func<double, double>? function = testCase.GetProperty("activation").GetString() switch
            {
                "sigmoid" => Transcendentals.Sigmoid,
                "tanh" => Transcendentals.Tanh,
                "softplus" => Transcendentals.Softplus,
                "gelu" => z => 0.5 * z * (1 + Transcendentals.Erf(z * Math.Sqrt(0.5))),
                _ => null,
            };
            if (function is null)
                continue;
            seen++;
            // gelu as written cancels in 1 + erf for negative z; there the difference is absolute.
            var absolute = testCase.GetProperty("activation").GetString() == "gelu";
            var expected = Numbers(testCase.GetProperty("value"));
            for (var i = 0; i < x.Length; i++)
            {
                var difference = Math.Abs(function(x[i]) - expected[i]);
                Assert.True(difference <= 1e-15 * (absolute ? Math.Max(1, Math.Abs(x[i])) : Math.Abs(expected[i])),
                    $"{testCase.GetProperty("activation")}({x[i]})");
            }
        }

        Assert.Equal(4, seen);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void The_reference_grid_is_within_1e_15_relative_of_the_exact_value(Approximation function)
    {
        double[] grid = [-1000, -100, -40, -20, -10, -5, -2, -1, -0.5, -0.1, -1e-8, 0, 1e-8, 0.1, 0.5, 1, 2, 5, 10, 20, 40, 100, 1000];
        foreach (var x in grid.Where(x => x > function.Lowest || function.Lowest < -1).Where(x => !(function.Name is "log" && x <= 0)))
        {
            var actual = function.InDouble(x);
            // An ulp is 1.1e-16 to 2.2e-16 of its number.
            if (x == 0)
                Assert.Equal(function.Name switch { "exp" or "cosPi" => 1, "sigmoid" => 0.5, "softplus" => 0.6931471805599453, _ => 0 }, actual);
            else
                Assert.True(Exact(function.Name, x).UlpsFrom(actual, single: false) <= 4.5, $"{function.Name}({x}) = {actual:R}");
        }
    }

    [Fact]
    public void Limits_are_exact()
    {
        double[] infinities = [Transcendentals.Exp(710.0), Transcendentals.Exp(1e300),
            Transcendentals.Expm1(710.0), Transcendentals.Exp(double.PositiveInfinity),
            Transcendentals.Expm1(double.PositiveInfinity), Transcendentals.Log(double.PositiveInfinity), Transcendentals.Log1p(double.PositiveInfinity),
            Transcendentals.Softplus(double.PositiveInfinity), Transcendentals.Exp(89.0f), Transcendentals.Expm1(float.MaxValue)];
        Assert.All(infinities, value => Assert.Equal(double.PositiveInfinity, value));

        double[] zeros = [Transcendentals.Exp(-746.0), Transcendentals.Exp(-1e300), Transcendentals.Exp(double.NegativeInfinity),
            Transcendentals.Sigmoid(double.NegativeInfinity), Transcendentals.Softplus(double.NegativeInfinity),
            Transcendentals.Log(1.0), Transcendentals.Log(1.0f),
            Transcendentals.Exp(-104.0f), Transcendentals.Exp(float.MinValue)];
        Assert.All(zeros, value => Assert.Equal(0.0, value));

        double[] ones = [Transcendentals.Exp(0.0), Transcendentals.Tanh(double.PositiveInfinity),
            Transcendentals.Tanh(1e300), Transcendentals.Erf(double.PositiveInfinity),
            Transcendentals.Erf(27.0), Transcendentals.Sigmoid(double.PositiveInfinity),
            Transcendentals.Sigmoid(40.0), -Transcendentals.Expm1(double.NegativeInfinity),
            -Transcendentals.Tanh(float.NegativeInfinity), -Transcendentals.Erf(float.NegativeInfinity)];
        Assert.All(ones, value => Assert.Equal(1.0, value));

        Assert.Equal(double.NegativeInfinity, Transcendentals.Log(0.0));
        Assert.Equal(double.NegativeInfinity, Transcendentals.Log1p(-1.0));
        Assert.Equal(float.NegativeInfinity, Transcendentals.Log(0.0f));
        Assert.Equal(double.Epsilon, Transcendentals.Exp(-745.0));
        Assert.Equal(double.Epsilon, Transcendentals.Expm1(double.Epsilon));
        Assert.Equal(double.Epsilon, Transcendentals.Log1p(double.Epsilon));
        Assert.Equal(double.MaxValue, Transcendentals.Softplus(double.MaxValue));
    }

    [Fact]
    public void Sine_and_cosine_of_whole_and_half_numbers_are_exact_however_large()
    {
        foreach (var (x, sine, cosine) in ((double, double, double)[])[
            (0, 0, 1), (0.5, 1, 0), (-0.5, -1, 0), (1, 0, -1), (1.5, -1, 0), (2, 0, 1), (-7, 0, -1), (4194303.5, -1, 0), (9007199254740991, 0, -1),
            (1e300, 0, 1), (double.Epsilon, Math.PI * double.Epsilon, 1)])
        {
            Assert.Equal(sine, Transcendentals.SinPi(x));
            Assert.Equal(cosine, Transcendentals.CosPi(x));
        }

        Assert.Equal(-1, Transcendentals.CosPi(16777215f)); // the largest odd number
        Assert.Equal(1, Transcendentals.CosPi(float.MaxValue));
        Assert.True(double.IsNaN(Transcendentals.SinPi(double.PositiveInfinity)));
        Assert.True(float.IsNaN(Transcendentals.CosPi(float.NegativeInfinity)));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void NaN_propagates(Approximation function)
    {
        Assert.True(double.IsNaN(function.InDouble(double.NaN)));
        Assert.True(float.IsNaN(function.InFloat(float.NaN)));
        if (function.Name is "log" or "log1p")
        {
            Assert.True(double.IsNaN(function.InDouble(-1.5)));
            Assert.True(float.IsNaN(function.InFloat(float.NegativeInfinity)));
        }
    }

    /// <summary>It takes e^−|z| apart, so as to wait less: the same bits as with <see cref="Transcendentals.Exp{T}(T)"/>, wherever that ends.</summary>
    [Fact]
    public void Sigmoid_has_the_bits_of_a_quotient_of_exponentials()
    {
        SigmoidIsAQuotient<double>([746, 745.2, 745.13, 744.5, 708.4, 37, 36.7, 1e-300, double.Epsilon, 1e300, double.MaxValue, double.PositiveInfinity]);
        SigmoidIsAQuotient<float>([105, 104, 103.97f, 103.2f, 87.4f, 17, 16.6f, 1e-40f, float.Epsilon, 1e30f, float.MaxValue, float.PositiveInfinity]);
    }

    private static void SigmoidIsAQuotient<T>(T[] ends)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new System.Random(7);
        foreach (var z in ends.Concat(Enumerable.Range(0, 50_000).Select(i => T.CreateTruncating((random.NextDouble() - 0.5) * Math.ScaleB(1600, -(i % 24))))))
        {
            var e = Transcendentals.Exp(-T.Abs(z));
            Assert.Equal((z < T.Zero ? e : T.One) / (T.One + e), Transcendentals.Sigmoid(z));
            Assert.Equal((z < T.Zero ? T.One : e) / (T.One + e), Transcendentals.Sigmoid(-z));
        }
    }

    [Fact]
    public void Sign_of_zero_passes_tanh_and_erf()
    {
        Assert.True(double.IsNegative(Transcendentals.Tanh(-0.0)));
        Assert.True(double.IsNegative(Transcendentals.Erf(-0.0)));
    }

    [Fact]
    public void Multiply_add_rounds_once()
    {
        // 0.1 · 10 is 1 + 2^-54 exactly: a rounded product would give 0.
        Assert.Equal(Math.ScaleB(1, -54), Transcendentals.MulAdd(Vector512.Create(0.1), Vector512.Create(10.0), Vector512.Create(-1.0)).ToScalar());
        Assert.Equal(MathF.FusedMultiplyAdd(0.1f, 10, -1),
            Transcendentals.MulAdd(Vector512.Create(0.1f), Vector512.Create(10f), Vector512.Create(-1f)).ToScalar());
    }

    [Fact]
    public void Every_lane_gives_the_bits_of_the_scalar()
    {
        SameInEveryLane<double>(x => Transcendentals.Erf(x), x => Transcendentals.Erf(x));
        SameInEveryLane<float>(x => Transcendentals.Erf(x), x => Transcendentals.Erf(x));
        SameInEveryLane<double>(x => Transcendentals.Softplus(x), x => Transcendentals.Softplus(x));
        SameInEveryLane<float>(x => Transcendentals.Softplus(x), x => Transcendentals.Softplus(x));
        SameInEveryLane<double>(x => Transcendentals.SinPi(x), x => Transcendentals.SinPi(x));
        SameInEveryLane<float>(x => Transcendentals.CosPi(x), x => Transcendentals.CosPi(x));
    }

    [Fact]
    public void Bits_are_the_same_on_every_processor()
    {
        // Runs of the suite with and without AVX-512, AVX2 and any vectors meet the same literal.
        Assert.Equal("D2F617F9AF7EB6C7", Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<double>(Sweep<double>())))[..16]);
        Assert.Equal("8B4F7212372E1024", Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(Sweep<float>())))[..16]);
    }

    /// <summary>Each function at 2,000 arguments from −100 to 100, and the softmax of them all.</summary>
    private static T[] Sweep<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Func<T, T>[] functions = [Transcendentals.Exp, Transcendentals.Expm1, Transcendentals.Tanh, Transcendentals.Sigmoid, Transcendentals.Softplus,
            Transcendentals.Erf, x => Transcendentals.Log(T.Abs(x)), x => Transcendentals.Log1p(T.Abs(x)),
            Transcendentals.SinPi, Transcendentals.CosPi];
        T[] x = [.. Enumerable.Range(0, 2000).Select(i => T.CreateTruncating((i - 999.5) * Math.Abs(i - 999.5) * 1e-4))];
        var softmax = new T[x.Length];
        Softmax.Rows(x, 125, softmax);
        return [.. functions.SelectMany(function => x.Select(function)), .. softmax];
    }

    private static void SameInEveryLane<T>(Func<Vector512<T>, Vector512<T>> vector, Func<T, T> scalar)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = new T[Vector512<T>.Count];
        for (var i = 0; i < lanes.Length; i++)
            lanes[i] = T.CreateTruncating((i - 3.7) * 0.41);
        var result = vector(Vector512.Create(lanes));
        for (var i = 0; i < lanes.Length; i++)
            Assert.Equal(scalar(lanes[i]), result.GetElement(i));
    }

    private static ExactReal Exact(string name, double x) => name switch
    {
        "exp" => ExactReal.Exp(x),
        "expm1" => ExactReal.Expm1(x),
        "log" => ExactReal.Log(x),
        "log1p" => ExactReal.Log1p(x),
        "tanh" => ExactReal.Tanh(x),
        "sigmoid" => ExactReal.Sigmoid(x),
        "softplus" => ExactReal.Softplus(x),
        "erf" => ExactReal.Erf(x),
        "sinPi" => ExactReal.SinPi(x),
        "cosPi" => ExactReal.CosPi(x),
        _ => throw new ArgumentException(name),
    };

    /// <summary>Random arguments of three kinds: spread over the whole range, spread over (−3, 3), and of every size down to 10⁻¹².</summary>
    private static IEnumerable<double> Arguments(double lowest, double highest, int count)
    {
        var random = new System.Random(count);
        for (var i = 0; i < count; i++)
        {
            var u = random.NextDouble();
            yield return highest > 1e4 ? Math.Pow(10, Math.Log10(highest) * ((2 * u) - 1)) : lowest + ((highest - lowest) * u);
            var middle = (6 * random.NextDouble()) - 3;
            yield return middle > lowest ? middle : lowest - middle;
            var small = Math.Pow(10, -12 * random.NextDouble());
            yield return lowest < 0 && random.Next(2) == 0 ? -small * 0.999 : small;
        }
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(element => element.GetDouble())];
}
