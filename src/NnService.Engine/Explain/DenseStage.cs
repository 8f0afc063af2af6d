using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>z = Σ wᵢ xᵢ + b. Weights are numbered unit by unit, as textbooks do: all that lead into h1, then those into h2.</summary>
/// <param name="layer">Its place in the network.</param>
/// <param name="activation">The function between weighted sum and activation.</param>
/// <param name="inputs">Numbers that come in.</param>
/// <param name="outputs">Units.</param>
/// <param name="parameters">The flat parameter vector.</param>
/// <param name="weights">Where W is.</param>
/// <param name="bias">Where b is; null: there is none.</param>
/// <param name="before">Weights and biases of earlier layers.</param>
// W [inputs, units], b [units] in the flat vector
internal sealed class DenseStage(
    int layer, ActivationSpec activation, int inputs, int outputs, double[] parameters, StageSlice weights, StageSlice? bias, (int Weights, int Biases) before)
    : Stage(layer, "dense", activation, inputs, outputs)
{
    public override double SumSlope(int unit, int input) => parameters[WeightIndex(input, unit)];

    public override IEnumerable<int> ReadersOf(int input) => Enumerable.Range(0, Outputs);

    public override StageTerms TermsOf(int unit) => new(
        Input,
        [.. Enumerable.Range(0, Input.Length).Select(InputSymbol)],
        [.. Enumerable.Range(0, Input.Length).Select(input => parameters[WeightIndex(input, unit)])],
        [.. Enumerable.Range(0, Input.Length).Select(input => WeightSymbol(input, unit))],
        bias is null ? null : parameters[BiasIndex(unit)],
        bias is null ? null : BiasSymbol(unit));

    public override IEnumerable<StageParameter> ParametersOf(int unit)
    {
        for (var input = 0; input < Input.Length; input++)
            yield return new($"{weights.Name}[{input}][{unit}]", WeightSymbol(input, unit), WeightIndex(input, unit), Input[input]);
        if (bias is not null)
            yield return new($"{bias.Name}[{unit}]", BiasSymbol(unit), BiasIndex(unit), 1);
    }

    // The chain of fused multiply-adds of the engine's own product, so that the sums are those of a prediction to the bit.
    protected override void FillSums()
    {
        Array.Clear(Sum);
        for (var input = 0; input < Input.Length; input++)
            for (var unit = 0; unit < Outputs; unit++)
                Sum[unit] = double.FusedMultiplyAdd(Input[input], parameters[WeightIndex(input, unit)], Sum[unit]);
        for (var unit = 0; bias is not null && unit < Outputs; unit++)
            Sum[unit] += parameters[BiasIndex(unit)];
    }

    private int WeightIndex(int input, int unit) => weights.Offset + (input * Outputs) + unit;

    private int BiasIndex(int unit) => bias!.Offset + unit;

    private string WeightSymbol(int input, int unit) => $"w{before.Weights + (unit * Input.Length) + input + 1}";

    private string BiasSymbol(int unit) => $"b{before.Biases + unit + 1}";
}

/// <summary>Where an array of a layer begins in the flat parameter vector; of an ensemble that of one member.</summary>
/// <param name="Name">For example <c>layers[0].weights</c>, or <c>layers[0].weights[3]</c> where member 3 has its own.</param>
/// <param name="Offset">Its first element.</param>
internal sealed record StageSlice(string Name, int Offset)
{
    /// <summary>The slice with a name of a layer; null where it has none.</summary>
    public static StageSlice? Of(IEnumerable<Layers.ParameterSlice> slices, string name, int member)
    {
        if (slices.FirstOrDefault(slice => slice.Name == name) is not { } found)
            return null;
        return found.Members is null
            ? new StageSlice(name, found.Offset) : new StageSlice($"{name}[{member}]", found.Offset + (member * found.Rows * found.Columns));
    }
}
