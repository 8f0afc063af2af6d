using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What a job was asked to do, as it was saved with the job and then with its model.</summary>
/// <param name="Configuration">With every default filled in.</param>
/// <param name="Network">The network, which may have been deleted under its name since.</param>
internal sealed record StoredConfiguration(TrainingConfiguration Configuration, NetworkSpec Network)
{
    /// <summary>Of a job.</summary>
    public static StoredConfiguration Of(TrainingJob job) =>
        new(ConfigurationOf(job), JsonSerializer.Deserialize<NetworkSpec>(job.NetworkSpec, SpecJson.Options)!);

    /// <summary>Of a model.</summary>
    public static StoredConfiguration Of(JsonNode configuration, JsonNode network) =>
        new(configuration.Deserialize<TrainingConfiguration>(SpecJson.Options)!, network.Deserialize<NetworkSpec>(SpecJson.Options)!);

    /// <summary>Of a job, without the network.</summary>
    public static TrainingConfiguration ConfigurationOf(TrainingJob job) => ConfigurationOf(job.Configuration);

    /// <summary>Of what stands in a job's row.</summary>
    public static TrainingConfiguration ConfigurationOf(string configuration) =>
        JsonSerializer.Deserialize<TrainingConfiguration>(configuration, SpecJson.Options)!;
}
