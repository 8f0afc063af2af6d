using NnService.Api.Errors;

namespace NnService.Api.Http;

internal static class StrictFraming
{
    /// <summary>
    /// Refuses a request that has another transfer encoding beside <c>chunked</c>, and closes its connection. The server looks at the last one alone; a proxy in
    /// front that looks at the first sees another end of the body, behind which a caller could hide a second request (RFC 9112, section 6.1).
    /// </summary>
    public static void UseStrictFraming(this WebApplication app) => app.Use(next => context =>
    {
        var encodings = context.Request.Headers.TransferEncoding;
        if (encodings.Count == 0 || (encodings.Count == 1 && "chunked".Equals(encodings[0], StringComparison.OrdinalIgnoreCase)))
            return next(context);
        context.Response.Headers.Connection = "close";
        return Refusal.Result(400, "Transfer-Encoding may be chunked and nothing else.").ExecuteAsync(context);
    });
}
