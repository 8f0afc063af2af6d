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
        var job = JsonNode.Parse(baseJob)!;
        List<JsonNode?> networks = [job["network"]], models = [NameOf(job["initialModel"])];
        foreach (var (pointer, space) in JsonNode.Parse(request)!["search"] as JsonObject ?? [])
            foreach (var value in space?["choice"] as JsonArray ?? [])
                if (pointer == "/network")
                    networks.Add(value);
                else if (pointer == "/initialModel")
                    models.Add(NameOf(value));
                else if (pointer == "/initialModel/name")
                    models.Add(value);
        return new StudyNeeds(study, NameIn(job["dataset"]), NamesIn(networks), NamesIn(models));
    }

    private static JsonNode? NameOf(JsonNode? model) => (model as JsonObject)?["name"];

    private static HashSet<string> NamesIn(IEnumerable<JsonNode?> nodes) => nodes.Select(NameIn).OfType<string>().ToHashSet();

    private static string? NameIn(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? (string?)node : null;
}
