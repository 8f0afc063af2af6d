using System.Buffers;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>Answers an inference request. Nothing is sent before all rows are through, so that a bad last row is a refusal and not half an answer.</summary>
internal sealed class InferAnswer(LoadedModel loaded, InferRequest request, InferenceLimits limits) : IResult
{
    private const double Threshold = 0.5;
    private const int BytesPerNumber = 48; // as text, in a buffer that doubles where it is full

    /// <summary>Whether it takes a few milliseconds.</summary>
    public bool IsQuick => loaded.IsQuick(request.Inputs.Count == 0 ? 0 : request.Inputs[0].Shape[0]);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var signature = new ModelSignature(loaded);
        var rows = new TensorRows(loaded.Model.Description, signature, request.Inputs);
        var numbers = (long)rows.Count * Math.Max(loaded.Model.Outputs, loaded.Model.Description.Target.Labels.Count);
        if (numbers > limits.MaxAnswers)
            throw Refusal.Exception(413, $"The answer would have {numbers:N0} numbers; the limit Inference:MaxBytes leaves room for {limits.MaxAnswers:N0}. Send fewer rows at a time.");
        var outputs = OutputsOf(signature);
        using var taken = LongRequests.IsWorker
            ? httpContext.RequestServices.GetRequiredService<MemoryBudget>().Reserve(numbers * BytesPerNumber, StatusCodes.Status413PayloadTooLarge, LongAnswers.SendLess)
            : null;
        try
        {
            Compute(rows, outputs, httpContext.RequestAborted);
            await Send(httpContext, outputs, rows.Unknown.Warnings);
        }
        finally
        {
            outputs.ForEach(output => output.Dispose());
        }
    }

    private void Compute(TensorRows rows, List<OutputTensor> outputs, CancellationToken cancellation)
    {
        var width = loaded.Model.Description.Features.Width;
        var predictions = new Predictions(loaded, Threshold);
        var encoded = new double[Math.Min(TensorRows.Most, rows.Count) * width];
        for (var start = 0; start < rows.Count; start += TensorRows.Most)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(TensorRows.Most, rows.Count - start);
            var batch = encoded.AsSpan(0, count * width);
            rows.Encode(start, count, batch);
            predictions.Ask(batch, count);
            foreach (var output in outputs)
                output.Take(predictions);
        }
    }

    private async Task Send(HttpContext context, List<OutputTensor> outputs, IReadOnlyList<string> warnings)
    {
        var json = new ArrayBufferWriter<byte>(1 << 10);
        await using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder }))
            Write(writer, outputs, warnings);
        var response = context.Response;
        response.ContentType = PlainError.ContentType;
        response.ContentLength = json.WrittenCount + outputs.Sum(output => (long)output.Bytes.Length);
        if (outputs.Any(output => output.IsBinary))
        {
            response.ContentType = "application/octet-stream";
            response.Headers[InferRequest.LengthHeader] = json.WrittenCount.ToString();
        }

        await response.Body.WriteAsync(json.WrittenMemory, context.RequestAborted);
        foreach (var output in outputs)
            await response.Body.WriteAsync(output.Bytes, context.RequestAborted);
    }

    private void Write(Utf8JsonWriter json, List<OutputTensor> outputs, IReadOnlyList<string> warnings)
    {
        json.WriteStartObject();
        json.WriteString("model_name", loaded.Name);
        json.WriteString("model_version", loaded.Version.ToString());
        if (request.Id is not null)
            json.WriteString("id", request.Id);
        if (request.Parameters is { } parameters)
        {
            json.WritePropertyName("parameters");
            json.WriteRawValue(parameters.GetRawText(), skipInputValidation: true);
        }

        json.WriteStartArray("outputs");
        foreach (var output in outputs)
            output.Describe(json);
        json.WriteEndArray();
        if (warnings.Count > 0)
        {
            json.WriteStartArray("warnings");
            foreach (var warning in warnings)
                json.WriteStringValue(warning);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private List<OutputTensor> OutputsOf(ModelSignature signature)
    {
        var target = loaded.Model.Description.Target;
        var asked = request.Outputs is { Count: > 0 } named ? named : [.. signature.Outputs.Select(output => new RequestedOutput(output.Name, null))];
        var outputs = new List<OutputTensor>();
        foreach (var output in asked)
        {
            var known = signature.Outputs.FirstOrDefault(known => known.Name == output.Name) ?? throw Refusal.Exception(
                400, $"The model gives no output \"{Echo.Cut(output.Name)}\"; it gives {string.Join(", ", signature.Outputs.Select(known => known.Name))}.");
            if (asked.Count(other => other.Name == output.Name) > 1)
                throw Refusal.Exception(400, $"Output \"{output.Name}\" is asked for twice; leave one of them out.");
            outputs.Add(new OutputTensor(known, target, output.IsBinary ?? request.IsBinary));
        }

        return outputs;
    }
}
