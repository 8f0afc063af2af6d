using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Net.Http.Headers;

namespace NnService.Api.Access;

internal static class AccessSetup
{
    private static readonly TimeSpan PreflightLife = TimeSpan.FromMinutes(10);

    // What a page may read of an answer beside its body.
    private static readonly string[] Exposed =
    [
        HeaderNames.Location, HeaderNames.RetryAfter, HeaderNames.ETag, HeaderNames.ContentDisposition, HeaderNames.Allow,
        HeaderNames.AcceptRanges, HeaderNames.ContentRange, HeaderNames.ContentEncoding,
        "Preference-Applied", "X-Request-Id", "Inference-Header-Content-Length",
    ];

    public static void AddAccess(this WebApplicationBuilder builder)
    {
        var settings = AccessSettings.Of(builder.Configuration);
        builder.Services.AddSingleton(settings);
        if (settings.Origins.Count > 0)
            builder.Services.AddCors();
    }

    /// <summary>Stands in front of everything that answers.</summary>
    public static void UseAccessRules(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<AccessSettings>();
        // Where it listens is known once it does, which is before the first request.
        var server = app.Services.GetRequiredService<IServer>();
        var rules = new Lazy<AccessRules>(() => new AccessRules(settings, server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []));
        app.Use(next => context => rules.Value.Refuse(context.Request) is { } refusal ? refusal.ExecuteAsync(context) : next(context));
        if (settings.Origins.Count > 0)
            app.UseCors(policy => policy
                .WithOrigins([.. settings.Origins]).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(Exposed).SetPreflightMaxAge(PreflightLife));
    }
}
