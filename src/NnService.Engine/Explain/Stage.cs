namespace NnService.Engine.Explain;

/// <summary>A layer taken apart for one row: sums z, activations y = f(z), and on the way back ∂L/∂y and ∂L/∂z.</summary>
/// <param name="layer">Its place in the network.</param>
/// <param name="type">What it is called.</param>
/// <param name="activation">The function between z and y.</param>
/// <param name="inputs">Numbers that come in.</param>
/// <param name="outputs">Numbers that go out.</param>
internal abstract class Stage(int layer, string type, Activations.ActivationSpec activation, int inputs, int outputs)
{
    private readonly Activations.Activation<double> _function = activation.Build<double>();

    public int Layer => layer;

    public string Type => type;

    public string Activation => activation.Type;

    /// <summary>The function between z and y, with what it is set to.</summary>
    public Activations.ActivationSpec Function => activation;

    public int Outputs => outputs;

    public double[] Input { get; } = new double[inputs];

    public double[] Sum { get; } = new double[outputs];

    public double[] Value { get; } = new double[outputs];

    /// <summary>∂yₖ/∂zₖ</summary>
    public double[] Slope { get; } = new double[outputs];

    /// <summary>∂L/∂y</summary>
    public double[] Upstream { get; } = new double[outputs];

    /// <summary>∂L/∂z</summary>
    public double[] Delta { get; } = new double[outputs];

    /// <summary>What the numbers that come in are called.</summary>
    public Func<int, string> InputSymbol { get; set; } = input => $"x{input + 1}";

    /// <summary>What the units are called.</summary>
    public Func<int, string> Symbol { get; set; } = unit => $"y{unit + 1}";

    /// <summary>Whether a chain goes through ∂L/∂z at once, since ∂L/∂y · ∂y/∂z is not one product: softmax, or a cross-entropy fused with its link.</summary>
    public bool UsesSums { get; set; } = activation is Activations.SoftmaxSpec;

    public bool IsSoftmax => activation is Activations.SoftmaxSpec;

    /// <summary>What a unit's sum is called.</summary>
    public string SumSymbol(int unit) => $"z_{Symbol(unit)}";

    /// <summary>Computes sums and activations from what comes in.</summary>
    public void Forward(ReadOnlySpan<double> input)
    {
        input.CopyTo(Input);
        FillSums();
        Activate();
    }

    /// <summary>Computes activations and their slopes from the sums.</summary>
    protected virtual void Activate()
    {
        _function.Forward(Sum, outputs, Value);
        var unit = new double[outputs];
        if (IsSoftmax)
        {
            for (var k = 0; k < outputs; k++)
                Slope[k] = Value[k] * (1 - Value[k]);
            return;
        }

        Array.Fill(unit, 1);
        _function.Backward(Sum, Value, unit, outputs, Slope);
    }

    /// <summary>∂L/∂z from ∂L/∂y.</summary>
    public virtual void Backward() => _function.Backward(Sum, Value, Upstream, outputs, Delta);

    /// <summary>∂yᵢ/∂zₖ of softmax for all i.</summary>
    public double[] JacobianColumn(int k) => [.. Value.Select((share, i) => share * ((i == k ? 1 : 0) - Value[k]))];

    /// <summary>∂zₖ/∂xᵢ</summary>
    public abstract double SumSlope(int unit, int input);

    /// <summary>The units that read an input.</summary>
    public virtual IEnumerable<int> ReadersOf(int input) => [input];

    /// <summary>The terms whose sum is z.</summary>
    public abstract StageTerms TermsOf(int unit);

    /// <summary>The trained numbers of a unit.</summary>
    public virtual IEnumerable<StageParameter> ParametersOf(int unit) => [];

    /// <summary>The function between a unit's z and y where it is not the stage's.</summary>
    public virtual string? FunctionOf(int unit) => null;

    /// <summary>How a unit's input was standardized; null where it was not.</summary>
    public virtual NormalizationTrace? NormalizationOf(int unit) => null;

    protected abstract void FillSums();
}

/// <summary>A trained number of a unit.</summary>
/// <param name="Name">For example <c>layers[0].bias[1]</c>.</param>
/// <param name="Symbol">For example <c>b2</c>.</param>
/// <param name="Index">Its place in the flat parameter vector.</param>
/// <param name="Input">∂z/∂parameter</param>
internal readonly record struct StageParameter(string Name, string Symbol, int Index, double Input);

/// <summary>z = Σ weight · input + bias.</summary>
internal sealed record StageTerms(double[] Inputs, string[] InputSymbols, double[] Weights, string[] WeightSymbols, double? Bias, string? BiasSymbol);
