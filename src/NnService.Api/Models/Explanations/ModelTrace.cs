using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Models.Evaluations;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Explain;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Explanations;

/// <summary>What is taken apart: a version, or a checkpoint of a job under way.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">Null for a checkpoint.</param>
/// <param name="Step">Of a checkpoint; null for a version.</param>
/// <param name="Model">The model.</param>
internal sealed record TracedModel(string Name, int? Version, long? Step, TrainedModel Model)
{
    public static TracedModel Of(LoadedModel loaded) => new(loaded.Name, loaded.Version, null, loaded.Model);
}

/// <summary>Checks a request for a trace and answers it.</summary>
internal static class ModelTrace
{
    private const double DefaultLearningRate = 0.1;

    /// <summary>The trace; refused with everything that is wrong.</summary>
    public static Outcome<TraceResponse> Run(TracedModel traced, TraceRequest request)
    {
        var mistakes = new RequestMistakes();
        mistakes.Add(SpecCheck.Problems(request));
        var members = traced.Model.Parts
            .SelectMany(part => Enumerable.Range(0, part.Description.Network.MemberCount), (part, member) => (Part: part, Member: member)).ToList();
        mistakes.Add(TraceSelection.OfMember(traced.Model.Parts.Count, members.Count, request.Member));
        var (model, member) = members[request.Member is { } asked && asked >= 0 && asked < members.Count ? asked : 0];
        var description = model.Description;
        var loss = LossOf(model, request);
        var encoded = mistakes.Attempt(() => EncodedRow.Of(description, "row", EncodedRow.Given(description, request.Row)));
        var target = mistakes.Attempt(() => TargetValue.Encode(model, request.Target));
        mistakes.Add(ModelEvaluation.Unfit(loss, model));
        mistakes.Add(TraceSelection.Problems(model, request, loss));
        if (encoded is null || target is null || mistakes.Refusal is not null)
            return mistakes.Refusal!;
        var row = request.Row!.Value;
        var options = new TraceOptions(loss, request.LearningRate ?? DefaultLearningRate, request.Layer, request.Neuron, member);
        var trace = Tracer.Run(model, encoded.Values, target, options);
        if (!IsFinite(trace))
            return Refusal.Result(400, "A number of the trace is too large to be written; check the row's values, the target and the learning rate.", "#/row");
        return new TraceResponse
        {
            Model = traced.Name,
            Version = traced.Version,
            Step = traced.Step,
            Member = members.Count > 1 ? request.Member ?? 0 : null,
            Input = new TraceInput(ByColumn(description.Features, row), encoded.Values, description.Features.InputNames),
            Target = new TraceTarget(request.Target!.Value, target),
            Layers = trace.Layers,
            Output = trace.Output,
            LossFunction = loss,
            Loss = trace.Loss,
            LossGradient = trace.LossGradient,
            LearningRate = request.LearningRate ?? DefaultLearningRate,
            Parameters = trace.Parameters,
            Warnings = [.. encoded.Warnings, .. OfMember(members.Count, request.Member ?? 0), .. OfRange(description.Target), .. trace.Warnings],
        };
    }

    /// <summary>The loss that a trace takes apart.</summary>
    public static LossSpec LossOf(TrainedModel model, TraceRequest request) =>
        request.Loss ?? model.Description.Loss ?? ModelBaselines.LossOf(model.Description.Target.Task, model.Outputs);

    private static IEnumerable<string> OfRange(TargetEncoding target)
    {
        if (target is { Low: { } low, High: { } high })
            yield return "The model's answers are held within the range of the training target, "
                + $"{string.Join("; ", target.Columns.Select((column, i) => $"{column}: {low[i]} to {high[i]}"))}. Output and loss are before that.";
    }

    private static IEnumerable<string> OfMember(int members, int member) => members == 1 ? []
        : [$"This is member {member} of {members}: output and loss are its own. The model's answer is the mean of its members'; "
            + $"to see another one, give member (0 to {members - 1})."];

    /// <summary>A checked row by column.</summary>
    public static IReadOnlyDictionary<string, JsonElement> ByColumn(FeatureEncoding features, JsonElement row)
    {
        if (row.ValueKind == JsonValueKind.Array)
            return features.Columns.Zip(row.EnumerateArray()).ToDictionary(cell => cell.First.Name, cell => cell.Second);
        var cells = new Dictionary<string, JsonElement>();
        foreach (var member in row.EnumerateObject())
            cells[member.Name] = member.Value; // what the model ignores may stand there twice
        return features.Columns.ToDictionary(column => column.Name, column => cells[column.Name]);
    }

    private static bool IsFinite(Trace trace)
    {
        var neurons = trace.Layers.SelectMany(layer => layer.Neurons)
            .SelectMany(neuron => (double[])[neuron.WeightedSum, neuron.Activation, neuron.UpstreamGradient, neuron.Delta, .. neuron.Inputs, .. neuron.Terms]);
        var parameters = trace.Parameters.SelectMany(parameter => (double[])
            [parameter.Gradient, parameter.NumericGradient ?? 0, parameter.Updated, .. parameter.Factors.Select(factor => factor.Value)]);
        double[] ends = [trace.Loss, .. trace.Output, .. trace.LossGradient];
        return ends.Concat(neurons).Concat(parameters).All(double.IsFinite);
    }
}
