using System.Text.Json;
using NnService.Api.Errors;

namespace NnService.Api.Inference.Tensors;

/// <summary>Knows a body that could not be read because the header that says where the binary tensors begin is missing or wrong.</summary>
internal static class BinaryHeader
{
    /// <summary>What to say of such a body; null: it is something else.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="header">What the header says; empty: it is missing.</param>
    public static ProblemException? Refuse(ReadOnlyMemory<byte> body, string header)
    {
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            reader.Read();
            reader.Skip();
            var length = (int)reader.BytesConsumed;
            using var json = JsonDocument.Parse(body[..length]);
            return length == body.Length || header == $"{length}" || !AsksForBytes(json.RootElement) ? null : Refusal.Exception(
                400,
                $"The header {InferRequest.LengthHeader} {(header.Length == 0 ? "is missing" : $"is {header}")}, "
                + $"and an input has {InferParameters.BinarySize}: "
                + $"send it with {length}, the number of bytes of JSON at the start of the body; {body.Length - length} bytes stand behind them.");
        }
        catch (JsonException)
        {
            return null; // the JSON itself is broken
        }
    }

    private static bool AsksForBytes(JsonElement request) =>
        request.ValueKind == JsonValueKind.Object
        && request.TryGetProperty("inputs", out var inputs) && inputs.ValueKind == JsonValueKind.Array
        && inputs.EnumerateArray().Any(input =>
            input.ValueKind == JsonValueKind.Object
            && input.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object
            && InferParameters.Find(parameters, InferParameters.BinarySize) is not null);
}
