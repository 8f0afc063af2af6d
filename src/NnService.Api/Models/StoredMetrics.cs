using System.Text.Json.Nodes;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Metrics as rows keep them, as JSON.</summary>
/// <param name="All">All of them.</param>
/// <param name="Summary">Those that lists show: without large tables.</param>
internal sealed record StoredMetrics(string All, string Summary)
{
    /// <summary>Takes the large tables out of what it is given, where it has some.</summary>
    public static StoredMetrics Of(JsonObject metrics)
    {
        var all = metrics.ToJsonString(SpecJson.Options);
        return new(all, LargeTables.Remove(metrics) ? metrics.ToJsonString(SpecJson.Options) : all);
    }
}
