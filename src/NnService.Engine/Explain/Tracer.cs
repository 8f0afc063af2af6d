using NnService.Engine.Losses;

namespace NnService.Engine.Explain;

/// <summary>What to trace.</summary>
/// <param name="Loss">A loss that fits the model's outputs.</param>
/// <param name="LearningRate">Of the one step of gradient descent.</param>
/// <param name="Layer">The layer to list; null: all.</param>
/// <param name="Neuron">The neuron of that layer to list; null: all.</param>
/// <param name="Member">The member of an ensemble to take apart.</param>
public sealed record TraceOptions(LossSpec Loss, double LearningRate, int? Layer = null, int? Neuron = null, int Member = 0);

/// <summary>
/// Takes a model, or one member of an ensemble, apart for one row: the forward pass neuron by neuron, the chain rule parameter by parameter, and the central
/// difference beside it.
/// </summary>
public static class Tracer
{
    /// <summary>More parameters than this must not be listed at once.</summary>
    public const int MostParameters = 10_000;

    /// <summary>More slopes of softmax than this must not be listed at once: a layer of 1,000 units has as many.</summary>
    public const int MostSlopes = 1_000_000;

    // About two seconds of passes on one core.
    private const long MostMultiplyAdds = 4_000_000_000;

    // h = ∛ε · max(1, |p|): the formula's error, of the order of h², and the rounding of L, of the order of ε / h, are then about the same.
    private const double Step = 6.055454452393343e-06; // the cube root of 2⁻⁵²

    /// <summary>The trace; its numbers may be infinite or NaN where the model's are.</summary>
    /// <param name="model">The model, of either precision.</param>
    /// <param name="input">[width of the features] the row, encoded.</param>
    /// <param name="target">[outputs] the target, encoded.</param>
    /// <param name="options">What to trace. Errors: <see cref="ArgumentOutOfRangeException"/> where there is no such layer or neuron.</param>
    public static Trace Run(TrainedModel model, ReadOnlySpan<double> input, ReadOnlySpan<double> target, TraceOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        var answering = new AnsweringNetwork(model, options.Loss.Link == OutputLink.Identity ? model.Description.Link : options.Loss.Link);
        var isFused = options.Loss.Link != OutputLink.Identity;
        var chain = new StageChain(answering, options.Member);
        chain.Forward(input);

        var (gradient, delta) = (new double[target.Length], isFused ? new double[target.Length] : []);
        options.Loss.BuildOnAnswers<double>().Gradient(chain.Last.Value, target, [], target.Length, 1, gradient);
        if (isFused)
            options.Loss.Build<double>().Gradient(chain.Last.Sum, target, [], target.Length, 1, delta);
        chain.Backward(gradient, delta);

        var difference = new CentralDifference(answering, options, input.ToArray(), target.ToArray());
        var listed = Listed(chain, options);
        var count = listed.Sum(unit => (long)chain.Stages[unit.Stage].ParametersOf(unit.Unit).Count());
        var isQuick = 2 * count * difference.MultiplyAdds <= MostMultiplyAdds;
        var isSmall = ParametersOf(model) <= MostParameters;
        return new Trace
        {
            Layers = [.. listed.GroupBy(unit => unit.Stage).Select(units => LayerOf(chain, units.Key, units.Select(unit => unit.Unit), isSmall))],
            Output = chain.Last.Value,
            Loss = difference.Loss(),
            LossGradient = gradient,
            Parameters =
            [
                .. listed.SelectMany(unit =>
                    ParametersOf(chain, unit.Stage, unit.Unit, answering.Parameters, options.LearningRate, isQuick ? difference : null)),
            ],
            Warnings = isQuick ? [] : ["numericGradient is left out: so many passes through so large a network would take too long. Name a neuron to have it."],
        };
    }

    /// <summary>Trained numbers that a trace of all layers lists: of an ensemble those of one member.</summary>
    public static long ParametersOf(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (network, inputs) = (model.Description.Network, model.Description.Features.InputLayout());
        if (network.MemberCount == 1)
            return model.ParameterCount;
        var ofOne = NetworkShape.Of(network with { Members = null }, inputs, model.Outputs);
        return ofOne.ParameterCount!.Value + ofOne.Layers[network.FirstDenseLayer].Inputs!.Value;
    }

    private static List<(int Stage, int Unit)> Listed(StageChain chain, TraceOptions options)
    {
        var listed = new List<(int, int)>();
        for (var s = 0; s < chain.Stages.Count; s++)
            for (var unit = 0; unit < chain.Stages[s].Outputs; unit++)
                if ((options.Layer ?? chain.Stages[s].Layer) == chain.Stages[s].Layer && (options.Neuron ?? unit) == unit)
                    listed.Add((s, unit));
        return listed.Count > 0
            ? listed
            : throw new ArgumentOutOfRangeException(nameof(options), $"There is no layer {options.Layer} with a neuron {options.Neuron}.");
    }

    private static LayerTrace LayerOf(StageChain chain, int index, IEnumerable<int> units, bool withUpstreamTerms)
    {
        var stage = chain.Stages[index];
        return new LayerTrace(stage.Layer, stage.Type, stage.Activation, [.. units.Select(unit =>
        {
            var terms = stage.TermsOf(unit);
            return new NeuronTrace
            {
                Index = unit,
                Symbol = stage.Symbol(unit),
                Inputs = terms.Inputs,
                InputSymbols = terms.InputSymbols,
                Weights = terms.Weights,
                WeightSymbols = terms.WeightSymbols,
                Terms = [.. terms.Inputs.Zip(terms.Weights, (x, w) => x * w)],
                Bias = terms.Bias,
                BiasSymbol = terms.BiasSymbol,
                WeightedSum = stage.Sum[unit],
                Activation = stage.Value[unit],
                Function = stage.FunctionOf(unit),
                ActivationDerivative = stage.Slope[unit],
                UpstreamGradient = stage.Upstream[unit],
                UpstreamTerms = withUpstreamTerms ? [.. chain.UpstreamTerms(index, unit)] : [],
                Delta = stage.Delta[unit],
                Jacobian = stage.IsSoftmax ? stage.JacobianColumn(unit) : null,
                Normalization = stage.NormalizationOf(unit),
            };
        })]);
    }

    private static IEnumerable<ParameterTrace> ParametersOf(
        StageChain chain, int index, int unit, double[] values, double learningRate, CentralDifference? difference)
    {
        var stage = chain.Stages[index];
        var head = chain.ChainTo(index, unit).ToList();
        foreach (var parameter in stage.ParametersOf(unit))
        {
            var own = stage.UsesSums
                ? new TraceFactor($"∂{stage.SumSymbol(unit)}/∂{parameter.Symbol}", parameter.Input)
                : new TraceFactor($"∂{stage.Symbol(unit)}/∂{parameter.Symbol}", stage.Slope[unit] * parameter.Input);
            List<TraceFactor> factors = [.. head, own];
            var (symbol, gradient, value) = ($"∂L/∂{parameter.Symbol}", stage.Delta[unit] * parameter.Input, values[parameter.Index]);
            yield return new ParameterTrace
            {
                Name = parameter.Name,
                Parameter = parameter.Symbol,
                Symbol = symbol,
                Equation = $"{symbol} = {string.Join(" · ", factors.Select(factor => factor.Symbol))}",
                Factors = factors,
                UpstreamGradient = stage.Upstream[unit],
                ActivationDerivative = stage.Slope[unit],
                Input = parameter.Input,
                Gradient = gradient,
                NumericGradient = difference?.Slope(parameter.Index),
                Value = value,
                Updated = value - (learningRate * gradient),
            };
        }
    }

    /// <summary>The loss of the row as the engine's own forward pass gives it, and its slope in a parameter.</summary>
    private sealed class CentralDifference(AnsweringNetwork answering, TraceOptions options, double[] input, double[] target)
    {
        private readonly Workspace<double> _workspace = new(answering.Network, 1, forTraining: false);
        private readonly Loss<double> _loss = options.Loss.Build<double>();
        private readonly Activations.Activation<double> _link = answering.LinkActivation.Build<double>();
        private readonly double[] _answer = new double[target.Length];

        public long MultiplyAdds { get; } = NetworkShape.Of(
            answering.Description.Network with { Members = null }, answering.Description.Features.InputLayout(), target.Length).MultiplyAddsPerRow!.Value;

        public double Loss()
        {
            var output = answering.Network.Forward(_workspace, answering.Pass(input, 1, options.Member));
            if (options.Loss.Link != OutputLink.Identity)
                return _loss.Value(output, target, [], target.Length);
            _link.Forward(output, target.Length, _answer);
            return _loss.Value(_answer, target, [], target.Length);
        }

        public double Slope(int parameter)
        {
            ref var value = ref answering.Parameters[parameter];
            var (middle, step) = (value, Step * Math.Max(1, Math.Abs(value)));
            value = middle + step;
            var (above, to) = (Loss(), value);
            value = middle - step;
            var (below, from) = (Loss(), value);
            value = middle;
            return (above - below) / (to - from);
        }
    }
}
