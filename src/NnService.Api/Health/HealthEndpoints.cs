using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.Health;

/// <summary>Whether the process lives, and whether it can serve.</summary>
internal static class HealthEndpoints
{
    private const string LivePath = "/health/live";
    private const string ReadyPath = "/health/ready";

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet(LivePath, Live).WithTags("Operations").WithSummary("Whether the process lives").Produces<HealthResponse>();
        app.MapGet(ReadyPath, Ready).WithTags("Operations").WithSummary("Whether the service can serve")
            .Produces<HealthResponse>().Produces<Problem>(503, "application/problem+json");
    }

    /// <summary>Answers probes ahead of routing, whose table of endpoints is made with the first request that needs it: a tenth of a second that a service which starts is not to be thought dead for.</summary>
    public static void UseHealthProbes(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        var damage = app.Services.GetRequiredService<Damage>();
        var quarantine = app.Services.GetRequiredService<Quarantine>();
        app.Use(next => context =>
            !HttpMethods.IsGet(context.Request.Method) ? next(context)
            : context.Request.Path == ReadyPath ? Ready(readiness, damage, quarantine).ExecuteAsync(context)
            : context.Request.Path == LivePath ? Live().ExecuteAsync(context)
            : next(context));
    }

    private static HealthResult Live() => new(new HealthResponse("live", []));

    private static IResult Ready(Readiness readiness, Damage damage, Quarantine quarantine)
    {
        var reasons = readiness.Obstacles();
        if (reasons.Count == 0)
        {
            var found = damage.Found;
            return new HealthResult(new HealthResponse(found.Count == 0 ? "ready" : "degraded", quarantine.Says() is { } kept ? [.. found, kept] : [.. found]));
        }

        return new ProblemResult(Refusal.Of(503, string.Join(' ', reasons), reasons.Select(reason => new ProblemItem(reason, null))));
    }
}

/// <summary>Writes the state member by member: the serializer would be started for the first probe alone.</summary>
internal sealed class HealthResult(HealthResponse state) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder });
        json.WriteStartObject();
        json.WriteString("status", state.Status);
        json.WriteStartArray("reasons");
        foreach (var reason in state.Reasons)
            json.WriteStringValue(reason);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>The state of the service.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c>, or <c>degraded</c>: ready, but for what the reasons name.</param>
/// <param name="Reasons">What is damaged and not served, and what lies in quarantine; empty where all is well.</param>
public sealed record HealthResponse(string Status, IReadOnlyList<string> Reasons);
