using System.Text.Json;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.OpenApi;

/// <summary>A job that the walk may start: as it was drawn, but soon at its end. A job of ten million epochs is as good a request as any, but not here.</summary>
internal static class BoundedJob
{
    // Each multiplies the work, and all of them have limits far beyond what a test can wait for.
    private static readonly Dictionary<string, int> s_most = new() { ["epochs"] = 20, ["stepsPerEpoch"] = 20, ["maxSeconds"] = 1 };

    /// <summary>The job with smaller numbers where they are large, and with a limit of time. What the service refuses stays as it is.</summary>
    public static string Of(string text)
    {
        try
        {
            if (JsonNode.Parse(text) is not JsonObject job)
                return text;
            foreach (var (name, most) in s_most)
                if (job[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.GetValue<double>() > most)
                    job[name] = most;
            job["maxSeconds"] ??= s_most["maxSeconds"];
            return job.ToJsonString();
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException) // no JSON, or half of a surrogate pair
        {
            return text;
        }
    }
}
