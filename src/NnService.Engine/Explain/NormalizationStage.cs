using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>
/// z = γ x̂ + β with x̂ = (x − μ) / √(σ² + ε): over the running statistics (batch normalization, as in inference), or over the row itself
/// (layer normalization), where every input moves mean and variance and thereby every unit:
/// ∂zₖ/∂xᵢ = γₖ / √(σ² + ε) · (δᵢₖ − 1/n − x̂ᵢ x̂ₖ / n).
/// </summary>
// γ [width], then β [width] in the flat vector from offset on
internal sealed class NormalizationStage : Stage
{
    private readonly double[] _parameters;
    private readonly int _offset;
    private readonly int _unitsBefore;
    private readonly double _epsilon;
    private readonly double[] _mean;
    private readonly double[] _variance;
    private readonly double[] _inverse;
    private readonly double[] _normalized;

    /// <param name="layer">Its place in the network.</param>
    /// <param name="type">What it is called.</param>
    /// <param name="width">Numbers of a row.</param>
    /// <param name="epsilon">ε</param>
    /// <param name="mean">The running mean; empty: the row's own statistics.</param>
    /// <param name="variance">The running variance; empty likewise.</param>
    /// <param name="parameters">The flat parameter vector.</param>
    /// <param name="offset">Where the layer's begin.</param>
    /// <param name="unitsBefore">Normalized units of earlier layers.</param>
    public NormalizationStage(
        int layer,
        string type,
        int width,
        double epsilon,
        ReadOnlySpan<double> mean,
        ReadOnlySpan<double> variance,
        double[] parameters,
        int offset,
        int unitsBefore)
        : base(layer, type, new LinearSpec(), width, width)
    {
        (_parameters, _offset, _unitsBefore, _epsilon, IsOfRow) = (parameters, offset, unitsBefore, epsilon, mean.IsEmpty);
        (_mean, _variance) = IsOfRow ? (new double[width], new double[width]) : (mean.ToArray(), variance.ToArray());
        (_inverse, _normalized) = (new double[width], new double[width]);
    }

    /// <summary>Whether mean and variance are the row's own.</summary>
    public bool IsOfRow { get; }

    public override double SumSlope(int unit, int input)
    {
        var own = unit == input ? 1.0 : 0.0;
        var share = IsOfRow ? own - ((1 + (_normalized[input] * _normalized[unit])) / Outputs) : own;
        return Scale(unit) * _inverse[unit] * share;
    }

    public override IEnumerable<int> ReadersOf(int input) => IsOfRow ? Enumerable.Range(0, Outputs) : [input];

    public override StageTerms TermsOf(int unit) =>
        new([_normalized[unit]], [$"x̂{Number(unit)}"], [Scale(unit)], [$"γ{Number(unit)}"], Shift(unit), $"β{Number(unit)}");

    public override IEnumerable<StageParameter> ParametersOf(int unit) =>
    [
        new($"layers[{Layer}].scale[{unit}]", $"γ{Number(unit)}", _offset + unit, _normalized[unit]),
        new($"layers[{Layer}].shift[{unit}]", $"β{Number(unit)}", _offset + Outputs + unit, 1),
    ];

    public override NormalizationTrace NormalizationOf(int unit) => new(Input[unit], _mean[unit], _variance[unit], _epsilon, _normalized[unit]);

    protected override void FillSums()
    {
        if (IsOfRow)
        {
            var mean = Input.Sum() / Outputs;
            Array.Fill(_mean, mean);
            Array.Fill(_variance, Input.Sum(x => (x - mean) * (x - mean)) / Outputs);
        }

        for (var unit = 0; unit < Outputs; unit++)
        {
            _inverse[unit] = 1 / Math.Sqrt(_variance[unit] + _epsilon);
            _normalized[unit] = (Input[unit] - _mean[unit]) * _inverse[unit];
            Sum[unit] = (_normalized[unit] * Scale(unit)) + Shift(unit);
        }
    }

    private int Number(int unit) => _unitsBefore + unit + 1;

    private double Scale(int unit) => _parameters[_offset + unit];

    private double Shift(int unit) => _parameters[_offset + Outputs + unit];
}
