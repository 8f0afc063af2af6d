using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.Health;

/// <summary>Whether the process lives, and whether it can serve.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this WebApplication app)
    {
        var health = app.MapGroup("/health").WithTags("Operations").Probe().NoStore().Uncompressed().AllowAnonymous().DisableRateLimiting();
        health.MapDirect("GET", "/live", Live).Describe("Whether the process lives", "For what restarts it where it does not answer.").Named("isAlive")
            .Returns<HealthResponse>(200);
        health.MapDirect("GET", "/ready", Ready)
            .Describe("Whether the service can serve", "503 with the reasons where it cannot: the data folder is gone, a node of several is warming up.").Named("isReady")
            .Returns<HealthResponse>(200).Refuses(503);
        foreach (var path in (string[])["/live", "/ready"])
            health.MapOtherVerbs(path, "GET"); // which ask for a key otherwise
    }

    private static Task Live(HttpContext context) => WriteAsync(context.Response, new HealthResponse("live", []));

    private static Task Ready(HttpContext context)
    {
        var services = context.RequestServices;
        var obstacles = services.GetRequiredService<Readiness>().Obstacles();
        if (obstacles.Count > 0)
        {
            var reasons = obstacles.Select(obstacle => new ProblemItem(obstacle, null));
            return new ProblemResult(Refusal.Of(503, string.Join(' ', obstacles), reasons)).ExecuteAsync(context);
        }

        // Without its blobs it predicts and trains on all the same: taking it out of a group of replicas would make that worse.
        var closed = services.GetRequiredService<BlobStore>().Obstacle();
        List<string> damaged = [.. services.GetRequiredService<Damage>().Found, .. closed is null ? Array.Empty<string>() : [closed]];
        var kept = services.GetRequiredService<Quarantine>().Says();
        return WriteAsync(context.Response, new HealthResponse(damaged.Count == 0 ? "ready" : "degraded", kept is null ? damaged : [.. damaged, kept]));
    }

    // Member by member: the serializer would be started for the first probe alone.
    private static async Task WriteAsync(HttpResponse response, HealthResponse state)
    {
        response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder });
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
/// <param name="Reasons">What is damaged and not served, what cannot be reached, which jobs wait for room, and what lies in quarantine; empty where all is well.</param>
public sealed record HealthResponse(string Status, IReadOnlyList<string> Reasons);
