using System.Text;
using System.Text.Json;
using NnService.Api.Errors;

namespace NnService.Api.Inference.Scoring;

/// <summary>Reads the JSON of other servers' clients.</summary>
internal static class ScoringJson
{
    /// <summary>The document of a body, an object. Errors: <see cref="ProblemException"/>.</summary>
    public static JsonDocument ObjectOf(ReadOnlyMemory<byte> body)
    {
        var document = DocumentOf(body);
        return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw Refusal.Exception(400, "The body must be a JSON object.");
    }

    /// <summary>The document of a body. Errors: <see cref="ProblemException"/>.</summary>
    public static JsonDocument DocumentOf(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            throw Refusal.Exception(400, "The body is empty; send a JSON object.");
        try
        {
            JsonRefusal.UnlessUnicode(body.Span);
            return JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException bad)
        {
            throw JsonRefusal.From(bad);
        }
    }

    /// <summary>The values of JSON lines as one array. Errors: <see cref="ProblemException"/>.</summary>
    public static JsonDocument ArrayOfLines(ReadOnlyMemory<byte> body)
    {
        // No text has a line break inside, so that each one ends a value; they stay, and the places in refusals are those of the lines.
        var array = new StringBuilder("[");
        var isFirst = true;
        foreach (var line in Encoding.UTF8.GetString(body.Span).Split('\n'))
        {
            var isBlank = string.IsNullOrWhiteSpace(line);
            array.Append(isFirst || isBlank ? "" : ",").Append(line).Append('\n');
            isFirst &= isBlank;
        }

        return DocumentOf(Encoding.UTF8.GetBytes(array.Append(']').ToString()));
    }
}
