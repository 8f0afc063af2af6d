using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>z = Σ wᵢ xᵢ + b. Weights are numbered unit by unit, as textbooks do: all that lead into h1, then those into h2.</summary>
// W [inputs, units], b [units] in the flat vector from offset on
internal sealed class DenseStage(
    int layer, ActivationSpec activation, int inputs, int outputs, bool useBias, double[] parameters, int offset, int weightsBefore, int biasesBefore)
    : Stage(layer, "dense", activation, inputs, outputs)
{
    public override double SumSlope(int unit, int input) => parameters[WeightIndex(input, unit)];

    public override IEnumerable<int> ReadersOf(int input) => Enumerable.Range(0, Outputs);

    public override StageTerms TermsOf(int unit) => new(
        Input,
        [.. Enumerable.Range(0, Input.Length).Select(InputSymbol)],
        [.. Enumerable.Range(0, Input.Length).Select(input => parameters[WeightIndex(input, unit)])],
        [.. Enumerable.Range(0, Input.Length).Select(input => WeightSymbol(input, unit))],
        useBias ? parameters[BiasIndex(unit)] : null,
        useBias ? BiasSymbol(unit) : null);

    public override IEnumerable<StageParameter> ParametersOf(int unit)
    {
        for (var input = 0; input < Input.Length; input++)
            yield return new($"layers[{Layer}].weights[{input}][{unit}]", WeightSymbol(input, unit), WeightIndex(input, unit), Input[input]);
        if (useBias)
            yield return new($"layers[{Layer}].bias[{unit}]", BiasSymbol(unit), BiasIndex(unit), 1);
    }

    // The chain of fused multiply-adds of the engine's own product, so that the sums are those of a prediction to the bit.
    protected override void FillSums()
    {
        Array.Clear(Sum);
        for (var input = 0; input < Input.Length; input++)
            for (var unit = 0; unit < Outputs; unit++)
                Sum[unit] = double.FusedMultiplyAdd(Input[input], parameters[WeightIndex(input, unit)], Sum[unit]);
        for (var unit = 0; useBias && unit < Outputs; unit++)
            Sum[unit] += parameters[BiasIndex(unit)];
    }

    private int WeightIndex(int input, int unit) => offset + (input * Outputs) + unit;

    private int BiasIndex(int unit) => offset + (Input.Length * Outputs) + unit;

    private string WeightSymbol(int input, int unit) => $"w{weightsBefore + (unit * Input.Length) + input + 1}";

    private string BiasSymbol(int unit) => $"b{biasesBefore + unit + 1}";
}
