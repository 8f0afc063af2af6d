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
        var body = Immutable.Written(value);
        if (await Immutable.IsAnsweredAsync(httpContext, Immutable.TagOf(body)))
            return;
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

internal static class Immutable
{
    /// <summary>The ETag of what an <see cref="ImmutableResult{T}"/> answers with.</summary>
    public static string TagOf<T>(T value) => TagOf(Written(value));

    /// <summary>The ETag of bytes, in quotes.</summary>
    public static string TagOf(byte[] content) => $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"";

    /// <summary>A value as it is answered.</summary>
    public static byte[] Written<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, SpecJson.Options);

    /// <summary>Sets the headers of a thing to read; where the caller has this very thing already, or asks for another one, answers 304 or 412 and returns true.</summary>
    public static async Task<bool> IsAnsweredAsync(HttpContext context, string tag)
    {
        var headers = context.Response.Headers;
        headers.ETag = tag;
        headers.CacheControl = "private, no-cache";
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (Preconditions.Failed(context.Request, () => tag) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return true;
        }

        if (Preconditions.Known(context.Request, tag) is not { } known)
            return false;
        if (known.IsWeak)
            headers.ETag = $"W/{tag}"; // the caller has it compressed
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }
}
