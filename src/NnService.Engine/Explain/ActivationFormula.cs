using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>What activations compute, as text and LaTeX.</summary>
public static class ActivationFormula
{
    /// <summary>
    /// The definition, for example <c>sigmoid(z) = 1 / (1 + e^-z)</c>; null for linear, and for softmax, which is written out where it stands.
    /// </summary>
    /// <param name="activation">The activation.</param>
    /// <param name="name">What it is called; null: by its type.</param>
    public static Notation? Of(ActivationSpec activation, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(activation);
        if (activation.Formula is null or Expression.Variable)
            return null;
        var right = ExpressionNotation.Of(activation.Formula);
        name ??= activation.Type;
        return new($"{name}(z) = {right.Text}", $"\\operatorname{{{name}}}(z) &= {right.Latex}");
    }

    /// <summary>
    /// What activations are called beside each other: by their type, with a number behind it where another one of the type is set otherwise, for example
    /// <c>elu1</c> and <c>elu2</c>.
    /// </summary>
    public static IReadOnlyDictionary<ActivationSpec, string> Names(IEnumerable<ActivationSpec> activations) => activations.Distinct()
        .GroupBy(activation => activation.Type)
        .SelectMany(alike => alike.Select((activation, i) => (activation, Name: alike.Count() == 1 ? alike.Key : $"{alike.Key}{i + 1}")))
        .ToDictionary(named => named.activation, named => named.Name);
}
