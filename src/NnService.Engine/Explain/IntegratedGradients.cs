using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Explain;

/// <summary>
/// How much each input adds to an answer F on the straight way from a baseline x′ to a row x:
/// (xᵢ − xᵢ′) · ∫₀¹ ∂F/∂xᵢ (x′ + a (x − x′)) da, the integral by the midpoint rule. The parts add up to F(x) − F(x′), but for the rule's error.
/// Source: Sundararajan, Taly and Yan 2017.
/// </summary>
/// <param name="Attributions">[width of the features] each encoded input's part.</param>
/// <param name="Answer">F(x): a probability, or a target in its own units.</param>
/// <param name="BaselineAnswer">F(x′)</param>
public sealed record IntegratedGradients(IReadOnlyList<double> Attributions, double Answer, double BaselineAnswer)
{
    private const int RowsAtOnce = 64;

    /// <summary>What the parts sum to, less F(x) − F(x′): the error of the midpoint rule.</summary>
    public double CompletenessError => Attributions.Sum() - (Answer - BaselineAnswer);

    /// <summary>Computes them in float64, whatever the model's precision.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">[width of the features] x, encoded.</param>
    /// <param name="baseline">[width of the features] x′, encoded.</param>
    /// <param name="output">The output whose answer F is.</param>
    /// <param name="steps">Points of the midpoint rule, at least 1.</param>
    public static IntegratedGradients Of(TrainedModel model, ReadOnlySpan<double> input, ReadOnlySpan<double> baseline, int output, int steps)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (model.Description.Ensemble is { } ensemble)
            return MeanOf(model, ensemble, input, baseline, output, steps);
        var answering = new AnsweringNetwork(model, model.Description.Link);
        var slopes = new PathSlopes(answering, output, Math.Min(steps, RowsAtOnce));
        var (width, sums) = (input.Length, new double[input.Length]);
        var points = new double[Math.Min(steps, RowsAtOnce) * width];
        for (var first = 0; first < steps; first += RowsAtOnce)
        {
            var rows = Math.Min(RowsAtOnce, steps - first);
            for (var row = 0; row < rows; row++)
                for (var i = 0; i < width; i++)
                    points[(row * width) + i] = baseline[i] + ((first + row + 0.5) / steps * (input[i] - baseline[i]));
            var gradient = slopes.At(points.AsSpan(0, rows * width), rows);
            for (var at = 0; at < gradient.Length; at++)
                sums[at % width] += gradient[at] / steps; // their sum may be too large for a number
        }

        for (var i = 0; i < width; i++)
            sums[i] *= input[i] - baseline[i];
        return new IntegratedGradients(sums, slopes.AnswerTo(input), slopes.AnswerTo(baseline));
    }

    // The gradient of a mean is the mean of the gradients.
    private static IntegratedGradients MeanOf(
        TrainedModel model, IReadOnlyList<EnsemblePart> ensemble, ReadOnlySpan<double> input, ReadOnlySpan<double> baseline, int output, int steps)
    {
        double total = model.Description.TotalWeight;
        var (sums, answer, ofBaseline) = (new double[input.Length], 0.0, 0.0);
        for (var i = 0; i < ensemble.Count; i++)
        {
            var (part, share) = (Of(model.Parts[i], input, baseline, output, steps), ensemble[i].Weight / total);
            (answer, ofBaseline) = (answer + (share * part.Answer), ofBaseline + (share * part.BaselineAnswer));
            for (var at = 0; at < sums.Length; at++)
                sums[at] += share * part.Attributions[at];
        }

        return new IntegratedGradients(sums, answer, ofBaseline);
    }

    /// <summary>An answer and its gradient with respect to the inputs; of an ensemble those of the mean of its members.</summary>
    private sealed class PathSlopes(AnsweringNetwork answering, int output, int maxRows)
    {
        private readonly Workspace<double> _workspace = new(answering.Network, maxRows, forTraining: true);
        private readonly Activations.Activation<double> _link = answering.LinkActivation.Build<double>();
        private readonly MemberMean<double> _mean = new(answering.Network, answering.Link, maxRows);
        private readonly double[] _parameterGradient = new double[answering.Network.ParameterCount];

        public double AnswerTo(ReadOnlySpan<double> input)
        {
            var answers = _mean.Answers(answering.Network.Forward(_workspace, answering.Pass(input, 1))).ToArray();
            if (answering.Description.Target.Task == TaskKind.Regression)
                answering.Description.Target.Decode(answers);
            return answers[output];
        }

        public double[] At(ReadOnlySpan<double> points, int rows)
        {
            var (outputs, members) = (answering.Network.Outputs, answering.Network.Members);
            var pass = answering.Pass(points, rows);
            var logits = answering.Network.Forward(_workspace, pass).ToArray();
            var answers = _mean.Answers(logits);
            var (gradient, inputGradient) = (new double[logits.Length], new double[points.Length]);
            for (var at = output; at < gradient.Length; at += outputs)
                gradient[at] = Scale(answers[at % answers.Length]) / members;
            var linked = new double[logits.Length];
            _link.Forward(logits, outputs, linked);
            _link.Backward(logits, linked, gradient, outputs, gradient);
            answering.Network.Backward(_workspace, pass, gradient, _parameterGradient, inputGradient);
            return inputGradient;
        }

        // ∂(answer in its own units)/∂(output): 1 for a probability; a regression's scale, times e to the power of it where the logarithm was learnt; 0 where
        // the answer is held at an end of its range.
        private double Scale(double value)
        {
            var target = answering.Description.Target;
            if (target.Task != TaskKind.Regression)
                return 1;
            if (target is { Low: { } low, High: { } high } && target.DecodedFreely(value, output) is var free && (free < low[output] || free > high[output]))
                return 0;
            var scale = target.Scale[output];
            return target.Log1p ? scale * Kernels.Transcendentals.Exp((value * scale) + target.Shift[output]) : scale;
        }
    }
}
