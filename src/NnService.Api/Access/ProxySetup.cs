using Microsoft.AspNetCore.HttpOverrides;

namespace NnService.Api.Access;

/// <summary>Makes what callers see of addresses right behind a proxy: scheme, host, and the path in front of the service's own (decision 45).</summary>
internal static class ProxySetup
{
    public static void AddProxy(this WebApplicationBuilder builder) => builder.Services.AddSingleton(ProxySettings.Of(builder.Configuration));

    /// <summary>In front of everything that looks at the request; nothing at all where no proxy is set.</summary>
    public static void UseProxy(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<ProxySettings>();
        if (!settings.AreSet)
            return;
        if (settings.AreTrusted)
            app.UseForwardedHeaders(Believed(settings));
        app.Use(next => context =>
        {
            SetPathBase(context.Request, settings.PathBase);
            if (context.Request.PathBase.HasValue)
                context.Response.OnStarting(PrefixAsync, context);
            return next(context);
        });
    }

    // One entry of each header, the one that the nearest proxy has written: what stands before it may come from anybody.
    private static ForwardedHeadersOptions Believed(ProxySettings settings)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost | ForwardedHeaders.XForwardedPrefix,
            ForwardLimit = 1,
        };
        options.KnownProxies.Clear(); // this machine is not believed unless it is named
        options.KnownIPNetworks.Clear();
        foreach (var address in settings.Addresses)
            options.KnownProxies.Add(address);
        foreach (var network in settings.Networks)
            options.KnownIPNetworks.Add(network);
        return options;
    }

    // A proxy may leave the prefix in the path or take it away: the path begins with it, or does not.
    private static void SetPathBase(HttpRequest request, string setting)
    {
        if (request.PathBase.HasValue && !ProxySettings.IsPathBase(request.PathBase.Value!))
            request.PathBase = default;
        if (request.PathBase.HasValue || setting.Length == 0)
            return;
        if (request.Path.StartsWithSegments(setting, StringComparison.Ordinal, out var rest))
            request.Path = rest;
        request.PathBase = setting;
    }

    // Whoever answers with a path of the service need not know of the prefix.
    private static Task PrefixAsync(object state)
    {
        var context = (HttpContext)state;
        if (context.Response.Headers.Location.ToString() is ['/', ..] path)
            context.Response.Headers.Location = context.Request.PathBase + path;
        return Task.CompletedTask;
    }
}
