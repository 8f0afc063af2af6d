using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>
/// Answers with a thing that never changes, and its ETag. Not for keeping without asking again, all the same:
/// the thing can be deleted, and another can come under its name.
/// </summary>
internal sealed class ImmutableResult<T>(T value) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, SpecJson.Options);
        var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"";
        if (Immutable.IsKnown(httpContext, tag))
            return;
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

internal static class Immutable
{
    /// <summary>Sets the headers; where the caller has this very thing already, answers 304 and returns true.</summary>
    public static bool IsKnown(HttpContext context, string tag)
    {
        var headers = context.Response.Headers;
        headers.ETag = tag;
        headers.CacheControl = "private, no-cache";
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (context.Request.GetTypedHeaders().IfNoneMatch.FirstOrDefault(known => known.Tag == tag || known.Equals(EntityTagHeaderValue.Any)) is not { } known)
            return false;
        if (known.IsWeak)
            headers.ETag = $"W/{tag}"; // the caller has it compressed
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }
}
