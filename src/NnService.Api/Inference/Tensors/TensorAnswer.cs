using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Api.Models.Predictions;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Tensors;

/// <summary>The form of the Open Inference Protocol: a tensor for each output, in the JSON or as bytes behind it.</summary>
internal sealed class TensorAnswer : AnswerForm
{
    private const int BytesPerNumber = 48; // as text, in a buffer that doubles where it is full
    private const int WithIntervals = 3; // a value, and what it lies between

    private readonly InferRequest _request;
    private readonly int _numbersPerRow;
    private readonly List<OutputTensor> _outputs;

    /// <summary>An answer to a request. Errors: <see cref="ProblemException"/> where there are no such outputs, or there is no room for so many
    /// numbers.</summary>
    public TensorAnswer(LoadedModel loaded, ModelSignature signature, InferRequest request, long rows, InferenceLimits limits)
    {
        _request = request;
        _numbersPerRow = NumbersPerRow(loaded) * (request.Interval is null ? 1 : WithIntervals);
        RefuseTooMany(rows * _numbersPerRow, limits);
        _outputs = OutputsOf(loaded, signature, request);
    }

    /// <summary>Refuses an answer of too many numbers that is held until it is whole. Errors: <see cref="ProblemException"/>, 413.</summary>
    public static void RefuseTooMany(long numbers, InferenceLimits limits)
    {
        if (numbers > limits.MaxAnswers)
            throw Refusal.Exception(
                413, $"The answer would have {numbers:N0} numbers; the limit Inference:MaxBytes leaves room for {limits.MaxAnswers:N0}. Send fewer rows at a time.");
    }

    /// <summary>Numbers that a model answers to a row at the most.</summary>
    public static int NumbersPerRow(LoadedModel loaded) => Math.Max(loaded.Model.Outputs, loaded.Model.Description.Target.Labels.Count);

    public override string ContentType => _outputs.Exists(output => output.IsBinary) ? "application/octet-stream" : PlainError.ContentType;

    public override long BytesFor(long rows) => rows * _numbersPerRow * BytesPerNumber;

    // How long a tensor is stands before its data: they are gathered, and written in the end.
    public override void Add(AnswerWriter answer, Predictor predictions, RowBatches rows) => _outputs.ForEach(output => output.Take(predictions));

    public override void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings)
    {
        Write(answer.Json, predictions.Loaded, warnings);
        if (_outputs.Exists(output => output.IsBinary))
            answer.Headers[InferRequest.LengthHeader] = (answer.Json.BytesCommitted + answer.Json.BytesPending).ToString();
        foreach (var output in _outputs)
        {
            answer.Write(output.Bytes.Span);
            output.Dispose();
        }
    }

    private void Write(Utf8JsonWriter json, LoadedModel loaded, IReadOnlyList<string> warnings)
    {
        json.WriteStartObject();
        json.WriteString("model_name", loaded.Name);
        json.WriteString("model_version", loaded.Version.ToString());
        if (_request.Id is not null)
            json.WriteString("id", _request.Id);
        if (_request.Parameters is { } parameters)
        {
            json.WritePropertyName("parameters");
            json.WriteRawValue(parameters.GetRawText(), skipInputValidation: true);
        }

        json.WriteStartArray("outputs");
        foreach (var output in _outputs)
            output.Describe(json);
        json.WriteEndArray();
        PredictionJson.WriteWarnings(json, warnings);
        json.WriteEndObject();
    }

    private static List<OutputTensor> OutputsOf(LoadedModel loaded, ModelSignature signature, InferRequest request)
    {
        var target = loaded.Model.Description.Target;
        IReadOnlyList<TensorMetadata> there = request.Interval is null ? signature.Outputs : [.. signature.Outputs, .. signature.Intervals];
        var asked = request.Outputs is { Count: > 0 } named ? named : [.. there.Select(output => new RequestedOutput(output.Name, null))];
        var outputs = new List<OutputTensor>();
        foreach (var output in asked)
        {
            var known = there.FirstOrDefault(known => known.Name == output.Name) ?? throw Refusal.Exception(
                400, $"The model gives no output \"{Echo.Cut(output.Name)}\"; it gives {string.Join(", ", there.Select(known => known.Name))}.");
            if (asked.Count(other => other.Name == output.Name) > 1)
                throw Refusal.Exception(400, $"Output \"{output.Name}\" is asked for twice; leave one of them out.");
            outputs.Add(new OutputTensor(known, target, output.IsBinary ?? request.IsBinary));
        }

        return outputs;
    }
}
