using NnService.Engine.Activations;

namespace NnService.Engine.Explain;

/// <summary>One number in the embedding of a row: a weighted sum of a few that come in, and its own function of that.</summary>
/// <param name="Links">What is added up.</param>
/// <param name="Bias">What is added to that.</param>
/// <param name="Function">What becomes of the sum.</param>
internal sealed record EmbeddedUnit(IReadOnlyList<EmbeddedTerm> Links, EmbeddedTerm? Bias = null, EmbeddedFunction Function = EmbeddedFunction.None)
{
    /// <summary>A number that is passed on.</summary>
    public static EmbeddedUnit Passing(int input) => new([new EmbeddedTerm(input)]);
}

/// <summary>A term of a sum: a number that comes in, or 1, times a trained number or a fixed one.</summary>
/// <param name="Input">Which number comes in; of a bias it does not count.</param>
/// <param name="Parameter">The trained number's place in the flat vector; −1: it is a fixed one.</param>
/// <param name="Name">The trained number's name, such as <c>layers[0].bias[2][1]</c>.</param>
/// <param name="Symbol">The symbol of either; empty: none, the number is 1.</param>
/// <param name="Fixed">The fixed number.</param>
internal readonly record struct EmbeddedTerm(int Input, int Parameter = -1, string Name = "", string Symbol = "", double Fixed = 1);

/// <summary>What embeddings make of their sums.</summary>
internal enum EmbeddedFunction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>max(z, 0)</summary>
    Relu,

    /// <summary>sin 2πz</summary>
    Sine,

    /// <summary>cos 2πz</summary>
    Cosine,

    /// <summary>At most 1.</summary>
    AtMostOne,

    /// <summary>At least 0.</summary>
    AtLeastZero,

    /// <summary>Both.</summary>
    ZeroToOne,
}

/// <summary>A part of an embedding: units that read a few of its inputs each. An embedding is one such stage, or several in a row.</summary>
internal sealed class EmbeddingStage : Stage
{
    private readonly IReadOnlyList<EmbeddedUnit> _units;
    private readonly double[] _parameters;
    private readonly List<int>[] _readers;

    public EmbeddingStage(int layer, string type, int inputs, IReadOnlyList<EmbeddedUnit> units, double[] parameters, bool isWhole)
        : base(layer, type, new LinearSpec(), inputs, units.Count)
    {
        (_units, _parameters, IsWhole) = (units, parameters, isWhole);
        _readers = [.. Enumerable.Range(0, inputs).Select(_ => new List<int>())];
        for (var unit = 0; unit < units.Count; unit++)
            foreach (var link in units[unit].Links)
                _readers[link.Input].Add(unit);
    }

    /// <summary>Whether what goes out is the embedding, rather than something on the way.</summary>
    public bool IsWhole { get; }

    /// <summary>The functions that its units have.</summary>
    public IEnumerable<EmbeddedFunction> Functions => _units.Select(unit => unit.Function).Distinct();

    public override string? FunctionOf(int unit) => TextOf(_units[unit].Function);

    public override double SumSlope(int unit, int input)
    {
        var slope = 0.0;
        foreach (var link in _units[unit].Links)
            if (link.Input == input)
                slope += WeightOf(link);
        return slope;
    }

    public override IEnumerable<int> ReadersOf(int input) => _readers[input];

    public override StageTerms TermsOf(int unit)
    {
        var (links, bias) = (_units[unit].Links, _units[unit].Bias);
        return new StageTerms(
            [.. links.Select(link => Input[link.Input])],
            [.. links.Select(link => InputSymbol(link.Input))],
            [.. links.Select(WeightOf)],
            links.Any(link => link.Symbol.Length > 0) ? [.. links.Select(link => link.Symbol)] : [],
            bias is { } given ? WeightOf(given) : null,
            bias?.Symbol);
    }

    public override IEnumerable<StageParameter> ParametersOf(int unit)
    {
        foreach (var link in _units[unit].Links)
            if (link.Parameter >= 0)
                yield return new StageParameter(link.Name, link.Symbol, link.Parameter, Input[link.Input]);
        if (_units[unit].Bias is { Parameter: >= 0 } bias)
            yield return new StageParameter(bias.Name, bias.Symbol, bias.Parameter, 1);
    }

    protected override void FillSums()
    {
        for (var unit = 0; unit < Outputs; unit++)
        {
            var sum = 0.0;
            foreach (var link in _units[unit].Links)
                sum = double.FusedMultiplyAdd(WeightOf(link), Input[link.Input], sum);
            Sum[unit] = sum + (_units[unit].Bias is { } bias ? WeightOf(bias) : 0);
        }
    }

    protected override void Activate()
    {
        for (var unit = 0; unit < Outputs; unit++)
            (Value[unit], Slope[unit]) = Of(_units[unit].Function, Sum[unit]);
    }

    public override void Backward()
    {
        for (var unit = 0; unit < Outputs; unit++)
            Delta[unit] = Upstream[unit] * Slope[unit];
    }

    /// <summary>A function as equations write it: of z, or of what stands in its place.</summary>
    public static Notation Applied(EmbeddedFunction function, Notation z) => function switch
    {
        EmbeddedFunction.None => z,
        EmbeddedFunction.Relu => Notation.Call("relu", z),
        EmbeddedFunction.Sine => new($"sin(2π·({z.Text}))", $"\\sin\\bigl(2\\pi ({z.Latex})\\bigr)"),
        EmbeddedFunction.Cosine => new($"cos(2π·({z.Text}))", $"\\cos\\bigl(2\\pi ({z.Latex})\\bigr)"),
        EmbeddedFunction.AtMostOne => new($"min({z.Text}, 1)", $"\\min({z.Latex}, 1)"),
        EmbeddedFunction.AtLeastZero => new($"max({z.Text}, 0)", $"\\max({z.Latex}, 0)"),
        _ => new($"min(max({z.Text}, 0), 1)", $"\\min(\\max({z.Latex}, 0), 1)"),
    };

    /// <summary>A unit as equations write it.</summary>
    public Notation Applied(int unit, Notation sum) => Applied(_units[unit].Function, sum);

    private static string? TextOf(EmbeddedFunction function) => function switch
    {
        EmbeddedFunction.None => null,
        EmbeddedFunction.Relu => "relu",
        EmbeddedFunction.Sine => "sin2pi",
        EmbeddedFunction.Cosine => "cos2pi",
        EmbeddedFunction.AtMostOne => "atMost1",
        EmbeddedFunction.AtLeastZero => "atLeast0",
        _ => "from0To1",
    };

    private static (double Value, double Slope) Of(EmbeddedFunction function, double z) => function switch
    {
        EmbeddedFunction.Relu => z > 0 ? (z, 1) : (0, 0),
        EmbeddedFunction.Sine => (Kernels.Transcendentals.SinPi(2 * z), Math.Tau * Kernels.Transcendentals.CosPi(2 * z)),
        EmbeddedFunction.Cosine => (Kernels.Transcendentals.CosPi(2 * z), -Math.Tau * Kernels.Transcendentals.SinPi(2 * z)),
        EmbeddedFunction.AtMostOne => z < 1 ? (z, 1) : (1, 0),
        EmbeddedFunction.AtLeastZero => z > 0 ? (z, 1) : (0, 0),
        EmbeddedFunction.ZeroToOne => z <= 0 ? (0, 0) : z >= 1 ? (1, 0) : (z, 1),
        _ => (z, 1),
    };

    private double WeightOf(EmbeddedTerm term) => term.Parameter >= 0 ? _parameters[term.Parameter] : term.Fixed;
}
