using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>What activations compute, as text and LaTeX.</summary>
public static class ActivationFormula
{
    /// <summary>The definition, for example <c>sigmoid(z) = 1 / (1 + e^-z)</c>; null for linear, and for softmax, which is written out where it stands.</summary>
    public static Notation? Of(ActivationSpec activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        Notation? right = activation switch
        {
            SigmoidSpec => new("1 / (1 + e^-z)", @"\frac{1}{1 + e^{-z}}"),
            TanhSpec => new("(e^z - e^-z) / (e^z + e^-z)", @"\frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}"),
            ReluSpec => new("max(0, z)", @"\max(0, z)"),
            LeakyReluSpec leaky => Cases(Notation.Product(Notation.Number(leaky.Alpha), new("z", "z"))),
            EluSpec elu => Cases(Notation.Product(Notation.Number(elu.Alpha), new("(e^z - 1)", "(e^{z} - 1)"))),
            GeluSpec => new("z·(1 + erf(z / √2)) / 2", @"\frac{z}{2} \left(1 + \operatorname{erf}\frac{z}{\sqrt{2}}\right)"),
            SiluSpec => new("z / (1 + e^-z)", @"\frac{z}{1 + e^{-z}}"),
            SoftplusSpec => new("ln(1 + e^z)", @"\ln(1 + e^{z})"),
            LinearSpec or SoftmaxSpec => null,
            _ => throw new NotSupportedException($"{activation.Type} has no formula."),
        };
        return right is not { } known ? null
            : new($"{activation.Type}(z) = {known.Text}", $"\\operatorname{{{activation.Type}}}(z) &= {known.Latex}");
    }

    private static Notation Cases(Notation below) =>
        new($"z where z > 0, else {below.Text}", $"\\begin{{cases}} z & z > 0 \\\\ {below.Latex} & \\text{{else}} \\end{{cases}}");
}
