using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace NnService.Benchmarks.Serving;

/// <summary><c>serving onnx PORT MODEL LIBRARY INPUTS OUTPUTS</c>: what somebody would write who serves a network by ASP.NET Core and ONNX Runtime and minds
/// its speed. One row a request; nothing is allocated for it.</summary>
internal static class OrtServer
{
    [ThreadStatic]
    private static OrtRun? t_run;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_answer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_json;

    public static int Run(string port, string model, string library, int inputs, int outputs)
    {
        var session = new OrtSession(library, model);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{int.Parse(port, CultureInfo.InvariantCulture)}");
        var app = builder.Build();
        app.MapPost("/predict", async (HttpContext context) =>
        {
            var length = (int)context.Request.ContentLength!.Value;
            var body = await context.Request.BodyReader.ReadAtLeastAsync(length);
            Predict(session, inputs, outputs, body.Buffer, context.Response);
            context.Request.BodyReader.AdvanceTo(body.Buffer.End);
        });
        app.Run();
        return 0;
    }

    private static void Predict(OrtSession session, int inputs, int outputs, ReadOnlySequence<byte> body, HttpResponse response)
    {
        var run = t_run ??= new OrtRun(session, inputs, outputs);
        if (!TryRead(body, run.Input))
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        run.Run();
        var answer = t_answer ??= new ArrayBufferWriter<byte>(1024);
        var json = t_json ??= new Utf8JsonWriter(answer);
        answer.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteStartArray("predictions"u8);
        json.WriteStartArray();
        foreach (var number in run.Output)
            json.WriteNumberValue(number);
        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = answer.WrittenCount;
        response.BodyWriter.Write(answer.WrittenSpan);
    }

    private static bool TryRead(ReadOnlySequence<byte> body, Span<float> input)
    {
        var reader = body.IsSingleSegment ? new Utf8JsonReader(body.FirstSpan) : new Utf8JsonReader(body);
        var count = 0;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRows = reader.ValueTextEquals("rows"u8);
            reader.Read();
            if (!isRows)
            {
                reader.Skip();
                continue;
            }

            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.Number)
            {
                if (count == input.Length)
                    return false;
                input[count++] = reader.GetSingle();
            }

            if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray)
                return false;
        }

        return count == input.Length;
    }
}
