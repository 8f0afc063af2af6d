using System.Text.Json;
using System.Text.Json.Nodes;

namespace NnService.Api.Studies.Planning;

/// <summary>What the jobs that a study has yet to make are to find under the names that it was given.</summary>
/// <param name="Study">Its id.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Networks">Networks, those that a trial may draw included.</param>
/// <param name="Models">Models to start from, likewise.</param>
internal sealed record StudyNeeds(Guid Study, string? Dataset, IReadOnlySet<string> Networks, IReadOnlySet<string> Models)
{
    /// <summary>Those of a study.</summary>
    /// <param name="study">Its id.</param>
    /// <param name="baseJob">The job that its trials are made of, as it is saved.</param>
    /// <param name="request">Its request, as it is saved.</param>
    public static StudyNeeds Of(Guid study, string baseJob, string request)
    {
        var job = JsonNode.Parse(baseJob)!.AsObject();
        JsonObject[] jobs = [job, .. Drawn(job, JsonNode.Parse(request)!["search"] as JsonObject ?? [])];
        return new StudyNeeds(
            study, NameIn(job["dataset"]), jobs.Select(drawn => NameIn(drawn["network"])).OfType<string>().ToHashSet(),
            jobs.Select(drawn => NameIn((drawn["initialModel"] as JsonObject)?["name"])).OfType<string>().ToHashSet());
    }

    // The job with each value that names something.
    private static IEnumerable<JsonObject> Drawn(JsonObject job, JsonObject search)
    {
        foreach (var (text, space) in search)
            if (JobPointer.Of(text) is { Member: "network" or "initialModel" } pointer)
                foreach (var value in space?["choice"] as JsonArray ?? [])
                {
                    var drawn = job.DeepClone().AsObject();
                    if (pointer.Put(drawn, value) is null)
                        yield return drawn;
                }
    }

    private static string? NameIn(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? (string?)node : null;
}
