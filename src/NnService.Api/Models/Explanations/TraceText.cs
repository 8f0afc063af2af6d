using System.Text;
using NnService.Engine.Explain;

namespace NnService.Api.Models.Explanations;

/// <summary>A trace to read in a terminal, figures with six digits.</summary>
internal sealed class TraceText(TraceResponse trace)
{
    private const int TermsPerLine = 4;

    private readonly StringBuilder _text = new();

    public string Write()
    {
        var step = trace.Version is { } version ? $"version {version}" : $"checkpoint after {trace.Step:N0} steps";
        Line($"{trace.Model}, {step}{(trace.Member is { } member ? $", member {member}" : "")}");
        Line();
        Line("Input");
        for (var i = 0; i < trace.Input.Encoded.Count; i++)
            Line($"  x{i + 1} = {Number(trace.Input.Encoded[i])}    {trace.Input.Names[i]}");
        foreach (var layer in trace.Layers)
            WriteLayer(layer);
        Line();
        Line($"Loss: {trace.LossFunction.Type}");
        for (var k = 0; k < trace.Output.Count; k++)
        {
            var y = trace.Output.Count == 1 ? "y" : $"y{k + 1}";
            Line($"  {y} = {Number(trace.Output[k])}    target {Number(trace.Target.Encoded[k])}    ∂L/∂{y} = {Number(trace.LossGradient[k])}");
        }

        Line($"  L = {Number(trace.Loss)}");
        Line();
        Line($"Gradients, and one step of gradient descent at the rate {Number(trace.LearningRate)}");
        foreach (var parameter in trace.Parameters)
            WriteParameter(parameter);
        foreach (var warning in trace.Warnings)
            Line(warning);
        return _text.ToString();
    }

    private void WriteLayer(LayerTrace layer)
    {
        Line();
        Line($"Layer {layer.Index}: {layer.Type}{(layer.Activation == "linear" || layer.Activation == layer.Type ? "" : $", {layer.Activation}")}");
        foreach (var neuron in layer.Neurons)
        {
            if (neuron.Normalization is { } at)
                Line($"  {neuron.InputSymbols[0]} = ({Number(at.Input)} - {Factor(at.Mean)}) / √({Number(at.Variance)} + {Number(at.Epsilon)}) = "
                    + $"{Number(at.Normalized)}");
            var equals = new string(' ', neuron.Symbol.Length + 5) + "= ";
            Wrapped($"  z_{neuron.Symbol} = ",
                [.. neuron.InputSymbols.Select((input, i) => neuron.WeightSymbols.Count == 0 ? input : $"{neuron.WeightSymbols[i]}·{input}"),
                .. neuron.BiasSymbol is { } bias ? [bias] : (string[])[]]);
            Wrapped(equals, [.. neuron.Inputs.Select((input, i) => neuron.WeightSymbols.Count == 0
                ? Factor(input) : $"{Factor(neuron.Weights[i])}·{Factor(input)}"), .. neuron.Bias is { } value ? [Factor(value)] : (string[])[]]);
            Line($"{equals}{Number(neuron.WeightedSum)}");
            var function = neuron.Function ?? layer.Activation;
            Line($"    {neuron.Symbol} = {(function == "linear" ? $"z_{neuron.Symbol}" : $"{function}(z_{neuron.Symbol})")} = "
                + $"{Number(neuron.Activation)}    ∂{neuron.Symbol}/∂z_{neuron.Symbol} = {Number(neuron.ActivationDerivative)}");
            if (neuron.UpstreamTerms.Count > 0)
                Wrapped($"    ∂L/∂{neuron.Symbol} = ", [.. neuron.UpstreamTerms.Select(term => term.Symbol)]);
            Line($"    ∂L/∂{neuron.Symbol} = {Number(neuron.UpstreamGradient)}    ∂L/∂z_{neuron.Symbol} = {Number(neuron.Delta)}");
        }
    }

    private void WriteParameter(ParameterTrace parameter)
    {
        var indent = new string(' ', parameter.Symbol.Length + 2);
        Line($"  {parameter.Equation}    {parameter.Name}");
        Line($"{indent} = {string.Join(" · ", parameter.Factors.Select((factor, i) => i == 0 ? Number(factor.Value) : Factor(factor.Value)))}");
        var difference = parameter.NumericGradient is { } numeric ? $"    central difference {Number(numeric)}" : "";
        Line($"{indent} = {Number(parameter.Gradient)}{difference}    {parameter.Parameter}: {Number(parameter.Value)} -> {Number(parameter.Updated)}");
    }

    // Some terms a line, so that wide layers stay readable.
    private void Wrapped(string start, IReadOnlyList<string> terms)
    {
        for (var first = 0; first < terms.Count; first += TermsPerLine)
            Line($"{(first == 0 ? start : new string(' ', start.Length - 2) + "+ ")}{string.Join(" + ", terms.Skip(first).Take(TermsPerLine))}");
    }

    private void Line(string text = "") => _text.Append(text).Append('\n');

    private static string Number(double value) => Notation.Rounded(value).Text;

    private static string Factor(double value) => Notation.Rounded(value).AsFactor().Text;
}
