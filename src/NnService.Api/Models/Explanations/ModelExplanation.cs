using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Explain;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Explanations;

/// <summary>Explains predictions of a model by integrated gradients, in the user's own columns.</summary>
/// <param name="loaded">The model.</param>
/// <param name="memory">What an explanation takes is reserved there.</param>
/// <param name="rows">Rows that share the work of a request.</param>
internal sealed class ModelExplanation(LoadedModel loaded, MemoryBudget memory, int rows = 1)
{
    private const int DefaultSteps = 256;
    private const int MostSteps = 10_000;
    private const int MoreSteps = 4;
    private const double MostError = 0.01; // of the difference that the parts should sum to
    private const long MostMultiplyAdds = 20_000_000_000; // some seconds on one core

    /// <summary>What to do about a model that needs more memory than there is to be taken apart.</summary>
    public const string TooLarge = "Explain or trace a smaller model";

    private readonly Lazy<ComparedRow> _zero = new(() => ComparedRow.Zero(loaded.Model.Description.Features));

    /// <summary>Rows that are explained in a moment, with as many steps as nobody has said anything about.</summary>
    public static int MostRows(TrainedModel model) =>
        (int)Math.Clamp(MostMultiplyAdds / (3 * DefaultSteps * Math.Max(1, CostOf(model))), 1, 10_000);

    /// <summary>Memory to take a model apart: its numbers in float64, the gradient of each, and a copy on the way.</summary>
    public static long BytesOf(TrainedModel model) => 3L * sizeof(double) * model.ParameterCount;

    /// <summary>The refusal of a row that the model cannot read; null where it can.</summary>
    public ProblemResult? WhyNot(JsonElement row)
    {
        var mistakes = new RequestMistakes();
        mistakes.Attempt(() => EncodedRow.Of(loaded.Model.Description, "row", row));
        return mistakes.Refusal;
    }

    /// <summary>The explanation; refused with everything that is wrong.</summary>
    public Outcome<ExplainResponse> Run(ExplainRequest request)
    {
        var (model, description) = (loaded.Model, loaded.Model.Description);
        var steps = request.Steps ?? DefaultSteps;
        var baselineRow = request.Baseline is { ValueKind: not JsonValueKind.Null } given ? given : (JsonElement?)null;
        var mistakes = new RequestMistakes();
        mistakes.Add(SpecCheck.Problems(request));
        if (3L * Math.Min(steps, MostSteps) * CostOf(model) > MostMultiplyAdds)
            mistakes.Add([new SpecProblem("#/steps", $"{steps:N0} steps through so large a network would take too long; take fewer.")]);
        var encoded = mistakes.Attempt(() => EncodedRow.Of(description, "row", EncodedRow.Given(description, request.Row)));
        var compared = baselineRow is { } other ? mistakes.Attempt(() => EncodedRow.Of(description, "baseline", other)) : null;
        var asked = request.Output is { ValueKind: not JsonValueKind.Null } output ? mistakes.Attempt(() => IndexOf(model, output)) : (int?)null;
        if (encoded is null || mistakes.Refusal is not null)
            return mistakes.Refusal!;
        using var taken = memory.Reserve(BytesOf(model), StatusCodes.Status409Conflict, TooLarge);
        var baseline = compared is null ? _zero.Value : ComparedRow.Given(description.Features, baselineRow!.Value, compared.Values);
        if (OutputOf(model, asked, encoded.Values) is not var (index, isOpposite, name))
            return TooLargeRow();

        var parts = IntegratedGradients.Of(model, encoded.Values, baseline.Encoded, index, steps);
        // A row far from the baseline has its slopes in a small part of the way: more points where nobody has said how many.
        while (request.Steps is null && IsCoarse(parts) && steps < MostSteps && 3L * MoreSteps * steps * CostOf(model) <= MostMultiplyAdds / rows)
        {
            steps = Math.Min(MoreSteps * steps, MostSteps);
            parts = IntegratedGradients.Of(model, encoded.Values, baseline.Encoded, index, steps);
        }

        if (!double.IsFinite(parts.Answer) || !double.IsFinite(parts.BaselineAnswer) || !parts.Attributions.All(double.IsFinite))
            return TooLargeRow();
        var sign = isOpposite ? -1 : 1;
        var values = ModelTrace.ByColumn(description.Features, request.Row!.Value);
        return new ExplainResponse
        {
            Model = loaded.Name,
            Version = loaded.Version,
            Method = "integratedGradients",
            Output = name,
            Prediction = isOpposite ? 1 - parts.Answer : parts.Answer,
            BaselinePrediction = isOpposite ? 1 - parts.BaselineAnswer : parts.BaselineAnswer,
            Baseline = new ExplainBaseline(baseline.Description, baseline.Encoded),
            Features = [.. description.Features.Columns.Select((column, i) => new FeatureAttribution(
                column.Name,
                values[column.Name],
                baseline.Values[i],
                sign * parts.Attributions.Skip(column.Offset).Take(column.Width).Sum()))],
            Steps = steps,
            CompletenessError = sign * parts.CompletenessError,
            Warnings = IsCoarse(parts) ? [.. encoded.Warnings, Coarse(parts, sign, steps)] : encoded.Warnings,
        };
    }

    private static ProblemResult TooLargeRow() =>
        Refusal.Result(400, "The prediction or its gradient is too large for a number; check the row's values.", "#/row");

    private static bool IsCoarse(IntegratedGradients parts) =>
        Math.Abs(parts.CompletenessError) > MostError * Math.Max(Math.Abs(parts.Answer - parts.BaselineAnswer), MostError * Math.Abs(parts.Answer));

    private static string Coarse(IntegratedGradients parts, int sign, int steps) =>
        $"The parts sum to {sign * parts.Attributions.Sum():g3} where {sign * (parts.Answer - parts.BaselineAnswer):g3} is due: the row lies so far from the "
        + $"baseline that {steps:N0} steps are too few. " + (steps < MostSteps ? "Give more steps, or a baseline nearer to the row." : "Give a baseline nearer to the row.");

    private static long CostOf(TrainedModel model) => model.Description.MultiplyAddsPerRow;

    private static int IndexOf(TrainedModel model, JsonElement output) => model.Description.Target is { Task: TaskKind.Regression } target
        ? TargetValue.IndexOfColumn(target, output, "#/output")
        : TargetValue.IndexOfLabel(model.Description.Target, output, "#/output");

    // The output whose answer is asked for, as the index of a target column or of a label; of the label that a single output does not speak of,
    // 1 − the answer. Null: the label that is predicted is asked for, and the answer is no number.
    private static (int Output, bool IsOpposite, string Name)? OutputOf(TrainedModel model, int? asked, double[] encoded)
    {
        var target = model.Description.Target;
        if (target.Task == TaskKind.Regression)
            return (asked ?? 0, false, target.Columns[asked ?? 0]);
        if ((asked ?? Predicted(model, encoded)) is not { } label)
            return null;
        return model.Outputs > 1 ? (label, false, target.Labels[label]) : (0, label != target.PositiveIndex, target.Labels[label]);
    }

    private static int? Predicted(TrainedModel model, double[] encoded)
    {
        var answers = new double[model.Outputs];
        model.Predict(encoded, 1, answers);
        if (!answers.All(double.IsFinite))
            return null;
        var target = model.Description.Target;
        return LabelRule.Of<double>(answers, target.PositiveIndex, LabelRule.EvenThreshold);
    }
}
