using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>Answers with JSON as exactly <c>application/json</c>.</summary>
internal sealed class PlainJson<T>(T value) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, SpecJson.Options);
        httpContext.Response.ContentType = PlainError.ContentType;
        httpContext.Response.ContentLength = body.Length;
        await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}
