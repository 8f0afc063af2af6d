using Microsoft.Net.Http.Headers;
using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>Answers with a file to take away that never changes: under a name, with its ETag, and in pieces where <c>Range</c> asks for one (RFC 9110,
/// section 14). What <see cref="Immutable.IsAnsweredAsync"/> answers is answered before.</summary>
/// <param name="content">The file; its stream can seek and is closed.</param>
/// <param name="contentType">What it is.</param>
/// <param name="fileName">What it is called.</param>
/// <param name="tag">Its ETag, in quotes.</param>
internal sealed class FileAnswer(Stream content, string contentType, string fileName, string tag) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (length, itself) = (content.Length, new EntityTagHeaderValue(tag));
        if (!AsksForPiece(httpContext.Request, itself))
            httpContext.Request.Headers.Range = default;
        var file = TypedResults.Stream(content, contentType, fileName, lastModified: null, itself, enableRangeProcessing: true);
        await file.ExecuteAsync(httpContext);
        var response = httpContext.Response;
        if (response.HasStarted || response.StatusCode != StatusCodes.Status416RangeNotSatisfiable)
            return;
        response.ContentLength = null; // of the empty answer that the framework has begun
        await Refusal.Result(416, $"The file has {length:N0} bytes; no byte of the range that is asked for is among them.").ExecuteAsync(httpContext);
    }

    // What the framework passes over: a unit that is not bytes, and a date in If-Range, for which a file without one is another file.
    private static bool AsksForPiece(HttpRequest request, EntityTagHeaderValue itself)
    {
        var headers = request.GetTypedHeaders();
        return headers.Range?.Unit.Equals("bytes", StringComparison.OrdinalIgnoreCase) == true
            && (headers.IfRange is null || headers.IfRange.EntityTag?.Compare(itself, useStrongComparison: true) == true);
    }
}
