using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>What activations compute, as text and LaTeX.</summary>
public static class ActivationFormula
{
    /// <summary>
    /// The definition, for example <c>sigmoid(z) = 1 / (1 + e^-z)</c>; null for linear, and for softmax, which is written out where it stands.
    /// </summary>
    public static Notation? Of(ActivationSpec activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        if (activation.Formula is null or Expression.Variable)
            return null;
        var right = ExpressionNotation.Of(activation.Formula);
        return new($"{activation.Type}(z) = {right.Text}", $"\\operatorname{{{activation.Type}}}(z) &= {right.Latex}");
    }
}
