using NnService.Engine.Explain;

namespace NnService.Api.Models.Explanations;

/// <summary>A trace as a LaTeX document, figures with six digits.</summary>
internal static class TraceLatex
{
    public static string Write(TraceResponse trace)
    {
        var latex = new Latex();
        latex.Heading(trace.Member is { } member ? $"Input, for member {member}" : "Input");
        for (var i = 0; i < trace.Input.Encoded.Count; i++)
            latex.Equation($"{Symbol($"x{i + 1}")} &= {Number(trace.Input.Encoded[i])} && {Notation.Word(trace.Input.Names[i]).Latex}");
        foreach (var layer in trace.Layers)
        {
            latex.Heading($"Layer {layer.Index}: "
                + $"{layer.Type}{(layer.Activation == "linear" || layer.Activation == layer.Type ? "" : $", {layer.Activation}")}");
            foreach (var neuron in layer.Neurons)
                Write(latex, layer, neuron);
        }

        latex.Heading($"Loss: {trace.LossFunction.Type}");
        for (var k = 0; k < trace.Output.Count; k++)
        {
            var y = trace.Output.Count == 1 ? "y" : $"y{k + 1}";
            latex.Equation($"{Symbol(y)} &= {Number(trace.Output[k])}, \\quad \\text{{target }} {Number(trace.Target.Encoded[k])}, "
                + $"\\quad {Symbol($"∂L/∂{y}")} = {Number(trace.LossGradient[k])}");
        }

        latex.Equation($"L &= {Number(trace.Loss)}");
        latex.Heading($"Gradients, and one step of gradient descent at the rate {Notation.Rounded(trace.LearningRate).Text}");
        foreach (var parameter in trace.Parameters)
            Write(latex, parameter);
        return latex.End();
    }

    private static void Write(Latex latex, LayerTrace layer, NeuronTrace neuron)
    {
        if (neuron.Normalization is { } at)
            latex.Equation($"{Symbol(neuron.InputSymbols[0])} &= \\frac{{{Number(at.Input)} - {Factor(at.Mean)}}}{{\\sqrt{{{Number(at.Variance)} + "
                + $"{Number(at.Epsilon)}}}}} = {Number(at.Normalized)}");
        var z = Symbol($"z_{neuron.Symbol}");
        var isWeighted = neuron.WeightSymbols.Count > 0;
        string[] symbols = [.. neuron.InputSymbols.Select((input, i) => isWeighted ? $"{Symbol(neuron.WeightSymbols[i])} {Symbol(input)}" : Symbol(input)),
            .. neuron.BiasSymbol is { } bias ? [Symbol(bias)] : (string[])[]];
        string[] values = [.. neuron.Inputs.Select((input, i) => isWeighted ? $"{Factor(neuron.Weights[i])} \\cdot {Factor(input)}" : Factor(input)),
            .. neuron.Bias is { } value ? [Factor(value)] : (string[])[]];
        latex.Equation($"{z} &= {string.Join(" + ", symbols)}");
        latex.Equation($"&= {string.Join(" + ", values)} = {Number(neuron.WeightedSum)}");
        var function = (neuron.Function ?? layer.Activation) is not "linear" and var name ? $"\\operatorname{{{name}}}({z})" : z;
        latex.Equation($"{Symbol(neuron.Symbol)} &= {function} = {Number(neuron.Activation)}, \\quad \\frac{{\\partial {Symbol(neuron.Symbol)}}}{{\\partial "
            + $"{z}}} = {Number(neuron.ActivationDerivative)}");
        var upstream = string.Join(" + ", neuron.UpstreamTerms.Select(term => Symbol(term.Symbol)));
        latex.Equation($"{Symbol($"∂L/∂{neuron.Symbol}")} &= {upstream}{(neuron.UpstreamTerms.Count > 0 ? " = " : "")}{Number(neuron.UpstreamGradient)}, "
            + $"\\quad \\frac{{\\partial L}}{{\\partial {z}}} = {Number(neuron.Delta)}");
    }

    private static void Write(Latex latex, ParameterTrace parameter)
    {
        latex.Equation($"{Symbol(parameter.Symbol)} &= {string.Join(" \\cdot ", parameter.Factors.Select(factor => Symbol(factor.Symbol)))}");
        var values = string.Join(" \\cdot ", parameter.Factors.Select((factor, i) => i == 0 ? Number(factor.Value) : Factor(factor.Value)));
        latex.Equation($"&= {values} = "
            + $"{Number(parameter.Gradient)}{(parameter.NumericGradient is { } numeric ? $" \\quad (\\text{{central difference }} {Number(numeric)})" : "")}");
        latex.Equation($"{Symbol(parameter.Parameter)} &\\leftarrow {Number(parameter.Updated)}");
    }

    private static string Symbol(string text) => Notation.Symbol(text).Latex;

    private static string Number(double value) => Notation.Rounded(value).Latex;

    private static string Factor(double value) => Notation.Rounded(value).AsFactor().Latex;
}
