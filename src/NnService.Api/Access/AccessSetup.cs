using Microsoft.Net.Http.Headers;
using NnService.Api.Access.Audit;
using NnService.Api.Access.Keys;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Access;

internal static class AccessSetup
{
    private static readonly TimeSpan PreflightLife = TimeSpan.FromMinutes(10);

    // What a page may read of an answer beside its body.
    private static readonly string[] Exposed =
    [
        HeaderNames.Location, HeaderNames.RetryAfter, HeaderNames.ETag, HeaderNames.ContentDisposition, HeaderNames.Allow,
        HeaderNames.AcceptRanges, HeaderNames.ContentRange, HeaderNames.ContentEncoding,
        "Preference-Applied", "X-Request-Id", "Inference-Header-Content-Length", WarningsHeader.Name,
    ];

    public static void AddAccess(this WebApplicationBuilder builder)
    {
        var settings = AccessSettings.Of(builder.Configuration);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<Listening>();
        builder.Services.AddSingleton<RequestRate>();
        builder.AddKeys();
        builder.AddAudit();
        if (settings.Origins.Count > 0)
            builder.Services.AddCors();
    }

    /// <summary>Stands in front of everything that answers.</summary>
    public static void UseAccessRules(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<AccessSettings>();
        var rules = new AccessRules(settings, app.Services.GetRequiredService<Listening>());
        app.Use(next => context => rules.Refuse(context.Request) is { } refusal ? refusal.ExecuteAsync(context) : next(context));
        if (settings.Origins.Count > 0)
            app.UseCors(policy => policy
                .WithOrigins([.. settings.Origins]).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(Exposed).SetPreflightMaxAge(PreflightLife));
        RequestRate.Use(app);
        app.UseKeys(); // behind the answers to preflights, which browsers send without one
        app.UseMiddleware<AuditTrail>();
    }
}
