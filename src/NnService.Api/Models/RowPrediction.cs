using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using NnService.Api.Http;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Predictions for the rows of a JSON body, the path that is asked thousands of times a second: no log line, no row of the database, no memory of its own.</summary>
internal sealed class RowPrediction
{
    /// <summary>A body above this goes the general way.</summary>
    private const int MostBytes = 1 << 20;

    /// <summary>An answer to more rows is sent while it is written.</summary>
    private const int MostRowsAtOnce = 256;

    /// <summary>A writer that has grown above this is let go. Of the others there are never more than answers being written at once.</summary>
    private const int MostBytesKept = 1 << 16;

    private readonly ConcurrentBag<AnswerWriter> _writers = [];

    /// <summary>Whether the body may be one that <see cref="PlainRows"/> reads.</summary>
    public static bool IsFor(HttpRequest request) =>
        request.ContentLength is > 0 and <= MostBytes && request.ContentType is "application/json" or "application/json; charset=utf-8";

    /// <summary>Whether the rows of such a body, however short they are, are answered in a few milliseconds.</summary>
    public static bool IsQuick(HttpRequest request, LoadedModel loaded) => loaded.IsQuick(request.ContentLength!.Value / (2 * loaded.Model.Description.Features.Columns.Count));

    /// <summary>Predicts the rows of the body; null where they have to go the general way, with the body still to be read.</summary>
    public async ValueTask<IResult?> TryAsync(HttpContext context, PlainRows plain, LoadedModel loaded, Predictions predictions)
    {
        var request = context.Request;
        var length = (int)request.ContentLength!.Value;
        var body = ArrayPool<byte>.Shared.Rent(length + JsonRowEncoder.ReadableBytes);
        try
        {
            var size = await RequestBytes.ReadAsync(request, body, length, JsonRowEncoder.ReadableBytes, context.RequestAborted);
            if (TryAsk(body.AsSpan(0, size + JsonRowEncoder.ReadableBytes), plain, loaded.Model.Description.Features.Width, predictions))
                return Answer(predictions, []);
            request.Body = new MemoryStream(body.AsSpan(0, size).ToArray(), writable: false);
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    /// <summary>The answer to what was asked last.</summary>
    public IResult Answer(Predictions predictions, IReadOnlyList<string> warnings) => new JsonResult(this, predictions, warnings);

    private static bool TryAsk(ReadOnlySpan<byte> text, PlainRows plain, int width, Predictions predictions)
    {
        var values = ArrayPool<double>.Shared.Rent(width);
        try
        {
            if (!plain.TryRead(text, width, ref values, out var rows))
                return false;
            predictions.Ask(values.AsSpan(0, rows * width), rows);
            return true;
        }
        finally
        {
            ArrayPool<double>.Shared.Return(values);
        }
    }

    private sealed class JsonResult(RowPrediction owner, Predictions predictions, IReadOnlyList<string> warnings) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "application/json; charset=utf-8";
            if (predictions.Rows > MostRowsAtOnce)
            {
                await using var json = new Utf8JsonWriter(response.BodyWriter, AnswerWriter.Options);
                predictions.Write(json, warnings);
                await json.FlushAsync(httpContext.RequestAborted);
                return;
            }

            if (!owner._writers.TryTake(out var writer))
                writer = new AnswerWriter();
            predictions.Write(writer.Json, warnings);
            writer.Json.Flush();
            response.ContentLength = writer.Bytes.WrittenCount;
            response.BodyWriter.Write(writer.Bytes.WrittenSpan);
            writer.Clear();
            if (writer.Bytes.Capacity <= MostBytesKept)
                owner._writers.Add(writer);
        }
    }

    private sealed class AnswerWriter
    {
        public static readonly JsonWriterOptions Options = new() { Encoder = SpecJson.Options.Encoder };

        public AnswerWriter() => Json = new Utf8JsonWriter(Bytes, Options);

        public ArrayBufferWriter<byte> Bytes { get; } = new(1024);

        public Utf8JsonWriter Json { get; }

        public void Clear()
        {
            Bytes.ResetWrittenCount();
            Json.Reset();
        }
    }
}
