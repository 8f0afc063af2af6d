using NnService.Api.Data;
using NnService.Api.Errors;

namespace NnService.Api.Health;

/// <summary>Whether the process lives, and whether it can serve.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => TypedResults.Ok(new HealthResponse("live", []))).WithTags("Operations").WithSummary("Whether the process lives");
        app.MapGet("/health/ready", Ready).WithTags("Operations").WithSummary("Whether the service can serve")
            .Produces<HealthResponse>().Produces<Problem>(503, "application/problem+json");
    }

    private static IResult Ready(Readiness readiness, Damage damage)
    {
        var reasons = readiness.Obstacles();
        if (reasons.Count == 0)
            return TypedResults.Ok(damage.Found.Count == 0 ? new HealthResponse("ready", []) : new HealthResponse("degraded", [.. damage.Found]));
        return new ProblemResult(Refusal.Of(503, string.Join(' ', reasons), reasons.Select(reason => new ProblemItem(reason, null))));
    }
}

/// <summary>The state of the service.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c>, or <c>degraded</c>: ready, but for what the reasons name.</param>
/// <param name="Reasons">What is damaged and not served; empty where all is well.</param>
public sealed record HealthResponse(string Status, IReadOnlyList<string> Reasons);
