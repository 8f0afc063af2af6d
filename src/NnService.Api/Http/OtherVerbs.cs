namespace NnService.Api.Http;

internal static class OtherVerbs
{
    private static readonly string[] s_verbs = [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete];

    /// <summary>
    /// Has a path refuse with 405 all verbs but one. Routing does that by itself where no other pattern fits the path, as <c>/{id}</c> does beside
    /// <c>/compare</c>.
    /// </summary>
    public static IEndpointConventionBuilder MapOtherVerbs(this IEndpointRouteBuilder routes, string pattern, string taken) =>
        routes.MapMethods(pattern, s_verbs.Where(verb => verb != taken), context =>
        {
            context.Response.Headers.Allow = taken;
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        });
}
