using Microsoft.Extensions.Primitives;

namespace NnService.Api.Http;

/// <summary>Headers that tell a browser to make nothing more of an answer than it is.</summary>
internal static class SecurityHeaders
{
    // Answers are data: nothing in one is loaded or run, but for the style sheet inside a picture.
    private static readonly StringValues s_ofData = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

    // Swagger UI writes style attributes, and has its pictures in its style sheet.
    private static readonly StringValues s_ofPages =
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    // The page at / is all ours: no inline script or style, and no text becomes markup or code.
    private static readonly StringValues s_ofOwnPage =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

    private static readonly StringValues s_noSniff = "nosniff", s_noReferrer = "no-referrer", s_sameOrigin = "same-origin";

    /// <summary>Sets them on every answer, before anything else.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use(next => context =>
    {
        Set(context.Response.Headers);
        return next(context);
    });

    /// <summary>Does not tell which server this is.</summary>
    public static void UseNoServerHeader(this WebApplicationBuilder builder) =>
        builder.WebHost.ConfigureKestrel(options => options.AddServerHeader = false);

    /// <summary>Sets them, for an answer that begins anew.</summary>
    public static void Set(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = s_noSniff;
        headers.ContentSecurityPolicy = s_ofData;
        headers["Referrer-Policy"] = s_noReferrer;
        headers["Cross-Origin-Resource-Policy"] = s_sameOrigin;
    }

    /// <summary>The answer is a page, whose own scripts run.</summary>
    public static void AllowScriptsOfPage(HttpResponse response) => response.Headers.ContentSecurityPolicy = s_ofPages;

    /// <summary>The answer is a file of the page at <c>/</c>.</summary>
    public static void AllowPage(HttpResponse response) => response.Headers.ContentSecurityPolicy = s_ofOwnPage;
}
