using System.Numerics;
using NnService.Engine.Activations;
using NnService.Engine.Explain;
using NnService.Engine.Export;

namespace NnService.Engine.Tests.Activations;

/// <summary>Each activation is written down once; its kernel, its text and its exports are held to that.</summary>
public sealed class ExpressionTests
{
    // Two ways of computing a derivative round differently, in a few places each.
    private const double DerivativeTolerance = 1e-14;

    private static readonly double[] s_sums = [.. Enumerable.Range(-400, 801).Select(i => i / 8.0), -1e-9, 1e-9, -1e-300, 1e-300, -745, 745, -1e30, 1e30];

    public static TheoryData<string, double> Written()
    {
        var all = new TheoryData<string, double>();
        foreach (ActivationSpec activation in ActivationSpec.Known.Members.Where(activation => activation.Formula is not null))
        {
            all.Add(activation.Type, 1);
            if (activation is EluSpec or LeakyReluSpec)
                all.Add(activation.Type, 0.3);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void The_kernel_gives_the_bits_of_the_expression(string type, double alpha)
    {
        KernelGivesTheBits<float>(Activation(type, alpha));
        KernelGivesTheBits<double>(Activation(type, alpha));
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void The_kernel_s_derivative_is_that_of_the_expression(string type, double alpha)
    {
        var activation = Activation(type, alpha);
        var derivative = activation.Formula!.Derivative;
        var (y, slopes) = (new double[s_sums.Length], new double[s_sums.Length]);
        var kernel = activation.Build<double>();
        kernel.Forward(s_sums, 1, y);
        kernel.Backward(s_sums, y, [.. Enumerable.Repeat(1.0, s_sums.Length)], 1, slopes);

        Assert.All(s_sums.Zip(slopes), pair =>
        {
            var expected = derivative.ValueAt(pair.First);
            Assert.True(double.IsNaN(expected) || Math.Abs(pair.Second - expected) <= DerivativeTolerance * Math.Max(1, Math.Abs(expected)),
                $"at {pair.First}: {pair.Second}, not {expected}");
        });
    }

    [Fact]
    public void An_activation_without_an_expression_is_one_over_the_whole_row() =>
        Assert.Equal(["softmax"], ActivationSpec.Known.Members.Where(activation => activation.Formula is null).Select(activation => activation.Type));

    [Theory]
    [InlineData("sigmoid", "sigmoid(z) = 1 / (1 + e^-z)", @"\operatorname{sigmoid}(z) &= \frac{1}{1 + e^{-z}}")]
    [InlineData("tanh", "tanh(z) = (e^z - e^-z) / (e^z + e^-z)", @"\operatorname{tanh}(z) &= \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}")]
    [InlineData("relu", "relu(z) = max(0, z)", @"\operatorname{relu}(z) &= \max(0, z)")]
    [InlineData("leakyRelu", "leakyRelu(z) = z where z > 0, else 0.3·z",
        @"\operatorname{leakyRelu}(z) &= \begin{cases} z & z > 0 \\ 0.3 \cdot z & \text{else} \end{cases}")]
    [InlineData("elu", "elu(z) = z where z > 0, else 0.3·(e^z - 1)",
        @"\operatorname{elu}(z) &= \begin{cases} z & z > 0 \\ 0.3 \cdot (e^{z} - 1) & \text{else} \end{cases}")]
    [InlineData("gelu", "gelu(z) = z·(1 + erf(z / √2)) / 2",
        @"\operatorname{gelu}(z) &= \frac{z \cdot (1 + \operatorname{erf}\left(\frac{z}{\sqrt{2}}\right))}{2}")]
    [InlineData("silu", "silu(z) = z / (1 + e^-z)", @"\operatorname{silu}(z) &= \frac{z}{1 + e^{-z}}")]
    [InlineData("softplus", "softplus(z) = ln(1 + e^z)", @"\operatorname{softplus}(z) &= \ln(1 + e^{z})")]
    public void The_text_and_the_LaTeX_follow_from_the_expression(string type, string text, string latex)
    {
        var formula = ActivationFormula.Of(Activation(type, 0.3))!.Value;

        Assert.Equal(text, formula.Text);
        Assert.Equal(latex, formula.Latex);
    }

    [Fact]
    public void Linear_and_softmax_need_no_definition()
    {
        Assert.Null(ActivationFormula.Of(new LinearSpec()));
        Assert.Null(ActivationFormula.Of(new SoftmaxSpec()));
    }

    // Made up of the parts that there are, as mish is (Misra 2019): derivative and text come without a line for them.
    [Fact]
    public void An_expression_that_is_new_has_its_derivative_its_text_and_its_C()
    {
        var mish = Expression.Z * Expression.Tanh(Expression.Softplus(Expression.Z));
        const double Step = 1e-6;

        foreach (var z in new[] { -3.0, -0.5, 0, 0.5, 3 })
            Assert.Equal((mish.ValueAt(z + Step) - mish.ValueAt(z - Step)) / (2 * Step), mish.Derivative.ValueAt(z), 9);
        Assert.Equal(0.86509838826731034, mish.ValueAt(1.0), 15); // tanh(ln(1 + e)), by mpmath
        Assert.Equal("z·tanh(ln(1 + e^z))", ExpressionNotation.Of(mish).Text);
        Assert.Equal("(z * $tanh_F($softplus_F(z)))", CExpression.Of(mish, isSingle: true));
    }

    private static void KernelGivesTheBits<T>(ActivationSpec activation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] sums = [.. s_sums.Select(T.CreateTruncating)];
        var values = new T[sums.Length];
        activation.Build<T>().Forward(sums, 1, values);

        Assert.Equal(sums.Select(activation.Formula!.ValueAt), values);
    }

    private static ActivationSpec Activation(string type, double alpha) => ActivationSpec.Known.Members.Single(activation => activation.Type == type) switch
    {
        EluSpec elu => elu with { Alpha = alpha },
        LeakyReluSpec leaky => leaky with { Alpha = alpha },
        var other => other,
    };
}
