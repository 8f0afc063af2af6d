namespace NnService.Api.Http;

internal static class RouteTable
{
    /// <summary>
    /// Ends the pipeline with the endpoints that have been mapped, and has them built in the background while the service starts: the first request would
    /// wait for that.
    /// </summary>
    public static void UseMappedEndpoints(this WebApplication app)
    {
        app.UseEndpoints(_ => { });
        var endpoints = app.Services.GetRequiredService<EndpointDataSource>();
        _ = Task.Run(() => endpoints.Endpoints);
    }
}
