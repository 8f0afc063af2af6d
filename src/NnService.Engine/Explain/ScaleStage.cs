using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>z = r ⊙ x: what a member of an ensemble makes of its inputs before the first dense layer.</summary>
/// <param name="layer">The place of that layer in the network.</param>
/// <param name="width">Numbers of a row.</param>
/// <param name="parameters">The flat parameter vector.</param>
/// <param name="scales">Where r is.</param>
internal sealed class ScaleStage(int layer, int width, double[] parameters, StageSlice scales)
    : Stage(layer, "memberScales", new LinearSpec(), width, width)
{
    public override double SumSlope(int unit, int input) => unit == input ? Scale(unit) : 0;

    public override StageTerms TermsOf(int unit) => new([Input[unit]], [InputSymbol(unit)], [Scale(unit)], [$"r{unit + 1}"], null, null);

    public override IEnumerable<StageParameter> ParametersOf(int unit) =>
        [new($"{scales.Name}[{unit}]", $"r{unit + 1}", scales.Offset + unit, Input[unit])];

    protected override void FillSums()
    {
        for (var unit = 0; unit < Outputs; unit++)
            Sum[unit] = Input[unit] * Scale(unit);
    }

    private double Scale(int unit) => parameters[scales.Offset + unit];
}
