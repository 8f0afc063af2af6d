using System.Buffers;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine.Specs;

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
        body = ByteOrderMark.Skip(body);
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
        var array = new ArrayBufferWriter<byte>(body.Length + (body.Length / 8) + 2);
        array.Write("["u8);
        var rest = ByteOrderMark.Skip(body).Span;
        var number = 0;
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n') is >= 0 and var found ? found : rest.Length; // no text has a line break inside
            var line = rest[..end].Trim(" \t\r"u8);
            rest = rest[Math.Min(end + 1, rest.Length)..];
            if (!line.IsEmpty)
            {
                Check(line, number);
                array.Write(array.WrittenCount > 1 ? ","u8 : default);
                array.Write(line);
            }

            number++;
        }

        array.Write("]"u8);
        return DocumentOf(array.WrittenMemory);
    }

    // Each by itself: what is broken in one could be whole with the next.
    private static void Check(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
                reader.Skip();
        }
        catch (JsonException bad)
        {
            throw JsonRefusal.From(new JsonException(bad.Message, bad.Path, number, bad.BytePositionInLine, bad));
        }
    }
}
