using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>z = x: dropout, which is the identity in inference, or a link that stands behind another layer than a dense one.</summary>
internal sealed class PassingStage(int layer, string type, ActivationSpec activation, int width) : Stage(layer, type, activation, width, width)
{
    public override double SumSlope(int unit, int input) => unit == input ? 1 : 0;

    public override StageTerms TermsOf(int unit) => new([Input[unit]], [InputSymbol(unit)], [1], [], null, null);

    protected override void FillSums() => Input.CopyTo(Sum, 0);
}
