using System.Buffers;
using System.IO.Pipelines;
using System.Reflection;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>A JSON request body, read by the wire's rules: strict, no unknown or repeated members, <c>null</c> the same as left out.</summary>
/// <remarks>The framework's own binding answers a bad body with CLR names or, for a polymorphic type, with 500.</remarks>
public sealed class Body<T>(T value)
{
    /// <summary>What the body says.</summary>
    public T Value { get; } = value;

    /// <summary>Called by the framework to bind a parameter of this type.</summary>
    public static async ValueTask<Body<T>> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.Request.HasJsonContentType())
            throw Refusal.Exception(415, await AcceptedTypes.RefusalAsync(context));
        if (LongRequests.IsWorker || context.Request.ContentLength <= LongRequest.QuickJson)
            return new Body<T>(Parse(await RequestBytes.ReadAsync(context.Request, context.RequestAborted)));
        return await context.RequestServices.GetRequiredService<LongAnswers>()
            .UnderstandAsync(context, async () => new Body<T>(Parse(await RequestBytes.ReadAsync(context.Request, context.RequestAborted))));
    }

    // Members of rows, which are taken as they are: null is a missing cell there.
    private static readonly string[] s_rows = !typeof(T).IsAssignableTo(typeof(IHoldsRows)) ? []
        : [.. typeof(T).GetProperties().Where(member => member.PropertyType == typeof(JsonElement?) || member.PropertyType == typeof(IReadOnlyList<JsonElement>))
            .Select(member => JsonNamingPolicy.CamelCase.ConvertName(member.Name))];

    private static T Parse(ReadOnlyMemory<byte> body)
    {
        var utf8 = ByteOrderMark.Skip(body);
        if (utf8.IsEmpty)
            throw Refusal.Exception(400, "The body is empty; send a JSON object.", "#");
        var text = utf8.Span;
        try
        {
            JsonRefusal.UnlessUnicode(text);
            text = DropNulls(text);
            var value = JsonSerializer.Deserialize<T>(text, WireJson.Options)
                ?? throw Refusal.Exception(400, "The body is null; send a JSON object.", "#");
            if (text.IndexOf("null"u8) >= 0 && NullElements.In(value).ToList() is { Count: > 0 } nulls)
                throw new ProblemException(Refusal.Invalid(nulls).Problem);
            return value;
        }
        catch (JsonException exception)
        {
            throw BodyMistakes.Of<T>(text, exception);
        }
    }

    /// <summary>Copies the document without members that are null, those of rows apart; elements of arrays stay, so that pointers still fit.</summary>
    private static ReadOnlySpan<byte> DropNulls(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("null"u8) < 0 || !HasNullMembers(utf8))
            return utf8;
        var kept = new ArrayBufferWriter<byte>(utf8.Length);
        using var writer = new Utf8JsonWriter(kept, new JsonWriterOptions { SkipValidation = true });
        var reader = new Utf8JsonReader(utf8);
        string? name = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                name = reader.GetString();
                if (IsOfRows(reader))
                {
                    writer.WritePropertyName(name!);
                    name = null;
                    reader.Read();
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    writer.WriteRawValue(utf8[start..(int)reader.BytesConsumed], skipInputValidation: true);
                }

                continue;
            }

            if (name is not null && reader.TokenType != JsonTokenType.Null)
                writer.WritePropertyName(name);
            var isMember = name is not null;
            name = null;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject: writer.WriteStartObject(); break;
                case JsonTokenType.EndObject: writer.WriteEndObject(); break;
                case JsonTokenType.StartArray: writer.WriteStartArray(); break;
                case JsonTokenType.EndArray: writer.WriteEndArray(); break;
                case JsonTokenType.Null when isMember: break;
                case JsonTokenType.String: writer.WriteStringValue(reader.GetString()); break;
                default: writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true); break;
            }
        }

        writer.Flush();
        return kept.WrittenSpan;
    }

    // Of rows with many missing cells no copy is made.
    private static bool HasNullMembers(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;
            var isOfRows = IsOfRows(reader);
            reader.Read();
            if (isOfRows)
                reader.Skip();
            else if (reader.TokenType == JsonTokenType.Null)
                return true;
        }

        return false;
    }

    private static bool IsOfRows(in Utf8JsonReader name)
    {
        if (name.CurrentDepth == 1)
            foreach (var member in s_rows)
                if (name.ValueTextEquals(member))
                    return true;
        return false;
    }
}

/// <summary>Marks a body with rows of data: in its members that are read as JSON elements <c>null</c> is a missing cell rather than a member left out.</summary>
public interface IHoldsRows;

/// <summary>Reads a whole request body into memory, up to the server's limit.</summary>
internal static class RequestBytes
{
    /// <summary>The bytes; where they were compressed, the server has counted them before they were inflated.</summary>
    /// <exception cref="ProblemException">413 beyond the limit.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.Body is MemoryStream there && there.TryGetBuffer(out var whole))
            return whole;
        using var buffer = new MemoryStream(
            request.Body.CanSeek ? (int)request.Body.Length : request.ContentLength is > 0 and < 1 << 20 ? (int)request.ContentLength : 4096);
        var content = request.Body.CanSeek ? request.Body : new LimitedStream(request.Body, BodyLimit.Of(request.HttpContext)); // or it has been taken in, and counted
        await content.CopyToAsync(buffer, cancellation);
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    /// <summary>Reads a body of an announced length into a buffer that has room for it and some zeros behind it. Returns how much there was.</summary>
    public static ValueTask<int> ReadAsync(HttpRequest request, byte[] buffer, int length, int zeros)
    {
        var body = request.BodyReader;
        var size = 0;
        if (body.TryRead(out var read) && Take(body, read, buffer.AsSpan(0, length), ref size)) // a short body has come with the headers
        {
            buffer.AsSpan(size, zeros).Clear();
            return new(size);
        }

        return WaitAsync(request.HttpContext, body, buffer, size, length, zeros);
    }

    private static async ValueTask<int> WaitAsync(HttpContext context, PipeReader body, byte[] buffer, int size, int length, int zeros)
    {
        ReadResult read;
        do
            read = await body.ReadAsync(context.RequestAborted);
        while (!Take(body, read, buffer.AsSpan(0, length), ref size));
        buffer.AsSpan(size, zeros).Clear();
        return size;
    }

    // True: that was all. What has come is taken out at once: of what a reader has looked at and left the server makes an error of its own where the caller goes.
    private static bool Take(PipeReader body, in ReadResult read, Span<byte> buffer, ref int size)
    {
        var come = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, buffer.Length - size));
        come.CopyTo(buffer[size..]);
        size += (int)come.Length;
        var (isWhole, isStopped) = (size == buffer.Length || read.IsCompleted, read.IsCanceled);
        body.AdvanceTo(read.Buffer.End);
        return isWhole || (isStopped ? throw new OperationCanceledException("The service stops.") : false);
    }
}
