using System.IO.Pipelines;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace NnService.Api.Http;

/// <summary>What lets the service stop soon, whoever is in the middle of a request: bodies that are still to come are waited for no longer, and a moment later
/// every connection is closed.</summary>
internal static class StopSetup
{
    /// <summary>How long answers under way have after the stop has begun. A caller who reads slowly, or a computation, takes no more of it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Puts <see cref="BriefServer"/> around the server.</summary>
    public static void UseBriefServer(this WebApplicationBuilder builder)
    {
        var server = builder.Services.Last(service => service.ServiceType == typeof(IServer));
        builder.Services.Remove(server);
        builder.Services.AddSingleton<IServer>(
            provider => new BriefServer((IServer)ActivatorUtilities.CreateInstance(provider, server.ImplementationType!), Grace));
    }

    /// <summary>Ends the reading of bodies when the service stops, with 503 for the caller.</summary>
    public static void UseStopOfBodies(this WebApplication app) => app.Use(next =>
    {
        var stopping = app.Lifetime.ApplicationStopping;
        return context => context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } ? Answer(context) : next(context);

        async Task Answer(HttpContext context)
        {
            using var ending = stopping.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), context.Request.BodyReader);
            await next(context);
        }
    });
}

/// <summary>A server that gives connections a moment to end when it stops, and then closes them; left to the host, they have all the time there is for the
/// stop.</summary>
/// <param name="server">Does everything else.</param>
/// <param name="grace">The moment.</param>
internal sealed class BriefServer(IServer server, TimeSpan grace) : IServer
{
    public IFeatureCollection Features => server.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => server.StartAsync(application, cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var brief = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        brief.CancelAfter(grace);
        await server.StopAsync(brief.Token);
    }

    public void Dispose() => server.Dispose();
}
