using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Page;

/// <summary>The web page at <c>/</c>: a client of the API like any other, whose files are embedded in the assembly (decision 68).</summary>
internal static class PageEndpoints
{
    public static void MapPage(this WebApplication app)
    {
        var files = new Lazy<PageFiles>(PageFiles.Load); // at the first look at the page
        app.MapGet("/", context => Answer(context, files.Value.Start(context.Request.PathBase)))
            .RequireScope(Scope.Read).IsBrowserPage().ExcludeFromDescription();
        app.MapGet("/page/{**file}", context => Answer(context, files.Value.Find(context.Request.RouteValues["file"] as string)))
            .RequireScope(Scope.Read).IsBrowserPage().Quiet().ExcludeFromDescription();
    }

    private static async Task Answer(HttpContext context, PageFile? file)
    {
        if (file is null)
        {
            await Refusal.Result(404, "The page has no such file.").ExecuteAsync(context);
            return;
        }

        SecurityHeaders.AllowPage(context.Response);
        if (await Immutable.IsAnsweredAsync(context, file.Tag))
            return;
        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = file.Content.Length;
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
    }
}
