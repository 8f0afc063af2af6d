using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Http.Describing;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Where a version comes from: enough to train it again.</summary>
public sealed record ModelLineage
{
    /// <summary><c>trainingJob</c>, <c>explicitWeights</c>, <c>study</c> (an ensemble of its trials), or <c>import</c>: a document of the
    /// export <c>json</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The job that trained it; null: none did.</summary>
    public Guid? JobId { get; init; }

    /// <summary>The dataset's name; null without a job.</summary>
    public string? Dataset { get; init; }

    /// <summary>Hash of the dataset's bytes as uploaded.</summary>
    public string? DatasetSha256 { get; init; }

    /// <summary>Hash of what those bytes were read as: how cells are written, and names and types of the columns; null without a job, or where it was not kept
    /// yet.</summary>
    public string? TableSha256 { get; init; }

    /// <summary>The network with its starting weights, where it had some.</summary>
    [WireType(typeof(NetworkSpec), NeverNull = true)]
    public JsonNode? Network { get; init; }

    /// <summary>The job's configuration, every default filled in; null: it was trained before configurations were kept, or not here.</summary>
    [WireType(typeof(JsonObject))]
    public JsonNode? Configuration { get; init; }

    /// <summary>Seed of everything drawn at random.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The epoch whose parameters are kept.</summary>
    public int? Epoch { get; init; }

    /// <summary>Why the training ended: completed, earlyStopping, timeLimit or stopped.</summary>
    public string? StopReason { get; init; }

    /// <summary>Hash of the parameters.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Version of the service that made it.</summary>
    public string? CodeVersion { get; init; }

    /// <summary>An imported model: the manifest of its document, where the test vectors beside it came out; what it says of data and training is unchecked.
    /// An ensemble: its study, and the trial, the job and the weight of each network.</summary>
    [WireType(typeof(JsonObject))]
    public JsonNode? Origin { get; init; }

    /// <summary>Characters that are enough for <see cref="DatasetIn"/>.</summary>
    internal const int Beginning = 1024;

    /// <summary>As it is stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, SpecJson.Options);

    /// <summary>Whether a version was trained by a job. The number of one that was deleted may be another's by now.</summary>
    internal static bool IsOf(ModelVersion version, Guid jobId) => Stored(version).JobId == jobId;

    /// <summary>Reads what is stored. A configuration says by which rules it trained, which those of old models did not, so that it means the same to whoever posts
    /// it again.</summary>
    internal static ModelLineage Stored(ModelVersion version) => Stored(version.Lineage);

    /// <summary>The same, of the text.</summary>
    internal static ModelLineage Stored(string lineage)
    {
        var stored = JsonSerializer.Deserialize<ModelLineage>(lineage, SpecJson.Options)!;
        if (stored.Configuration is JsonObject configuration)
            RulesOfThen.Say(configuration);
        return stored;
    }

    /// <summary>The dataset with the name and the bytes of then; null: it is gone.</summary>
    internal Datasets.Dataset? FindBytes(AppDbContext db) => db.Datasets.FirstOrDefault(row => row.Name == Dataset && row.Sha256 == DatasetSha256);

    /// <summary>Whether that is read as the table of then, as far as it is known.</summary>
    internal bool IsReadAsThen(Datasets.Dataset dataset) => TableSha256 is null || TableSha256 == dataset.TableSha256();

    /// <summary>The same, where a version that was not trained has the network of the model itself.</summary>
    internal static ModelLineage Of(ModelVersion version, ModelDescription description)
    {
        var stored = Stored(version);
        return stored.Network is not null ? stored : stored with { Network = JsonSerializer.SerializeToNode(description.Network, SpecJson.Options) };
    }

    /// <summary>Name and hash of the dataset, by the beginning of what is stored, where they stand before all that may be large; null where there are none.</summary>
    internal static (string Dataset, string Sha256)? DatasetIn(string beginning)
    {
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(beginning), isFinalBlock: false, default);
        for (string? member = null, dataset = null; json.Read();)
        {
            if (json.CurrentDepth != 1)
                continue;
            if (json.TokenType == JsonTokenType.PropertyName)
                member = json.GetString();
            else if (member == "dataset")
                dataset = json.GetString();
            else if (member == "datasetSha256" && dataset is not null)
                return (dataset, json.GetString()!);
        }

        return null;
    }

    /// <summary>What is stored without network and configuration, which can be large: for the answer about a version.</summary>
    internal static JsonNode Brief(ModelVersion version)
    {
        var lineage = JsonNode.Parse(version.Lineage)!.AsObject();
        foreach (var name in lineage.Where(member => member.Value is null || member.Key is "network" or "configuration").Select(member => member.Key).ToList())
            lineage.Remove(name);
        return lineage;
    }
}
