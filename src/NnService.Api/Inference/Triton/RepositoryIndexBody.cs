using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Triton;

/// <summary>Reads what a request for the index asks; Triton's own client sends an empty body.</summary>
internal static class RepositoryIndexBody
{
    /// <summary>Whether only models that can be asked are to be listed. Errors: <see cref="ProblemException"/>.</summary>
    public static async Task<bool> AsksForReadyAsync(HttpRequest request)
    {
        var body = ByteOrderMark.Skip(await RequestBytes.ReadAsync(request, request.HttpContext.RequestAborted));
        if (body.IsEmpty)
            return false;
        try
        {
            JsonRefusal.UnlessUnicode(body.Span);
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Refusal.Exception(400, "The body must be a JSON object, or empty.");
            // Other members are passed over, as the protocol asks.
            return document.RootElement.TryGetProperty("ready", out var ready) && ready.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False or JsonValueKind.Null => false,
                _ => throw Refusal.Exception(400, "ready must be true or false."),
            };
        }
        catch (JsonException bad)
        {
            throw JsonRefusal.From(bad);
        }
    }
}
