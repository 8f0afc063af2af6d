using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
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
        new(ConfigurationOf(configuration), network.Deserialize<NetworkSpec>(SpecJson.Options)!);

    /// <summary>Of a job, without the network.</summary>
    public static TrainingConfiguration ConfigurationOf(TrainingJob job) => ConfigurationOf(job.Configuration);

    /// <summary>Of a model, without the network.</summary>
    public static TrainingConfiguration ConfigurationOf(JsonNode configuration) => AsMeant(configuration.Deserialize<TrainingConfiguration>(SpecJson.Options)!);

    /// <summary>Of what stands in a job's row.</summary>
    public static TrainingConfiguration ConfigurationOf(string configuration) =>
        AsMeant(JsonSerializer.Deserialize<TrainingConfiguration>(configuration, SpecJson.Options)!);

    /// <summary>The parts that rows of its dataset were divided into.</summary>
    /// <exception cref="PreparationException">The table is another one by now, which cannot be divided so.</exception>
    public static Split PartsOf(TrainingConfiguration configuration, Table table)
    {
        var targets = configuration.Target!.Columns;
        var classes = configuration.Task == TaskKind.Regression ? null : table.Find(targets[0]);
        return Split.Of(table, configuration.Split, table.RowsWith(targets), classes, configuration.Seed!.Value);
    }

    /// <summary>
    /// With the rules of then, where it was saved before they were a choice, and with what does not vary encoded as if it did. Since then it is saved what is meant
    /// (ResolvedConfiguration, ColumnChoices, StudyDefaults).
    /// </summary>
    public static TrainingConfiguration WithRulesOfThen(TrainingConfiguration saved)
    {
        var preprocessing = saved.Preprocessing ?? new PreprocessingSpec();
        return saved with
        {
            RulesVersion = saved.RulesVersion ?? RulesOfThen.Version(saysConstants: preprocessing.IgnoreConstants is not null),
            Preprocessing = preprocessing with { IgnoreConstants = preprocessing.IgnoreConstants ?? false },
        };
    }

    // Up to version 0.1 a column that was named with nothing to scale it by was not scaled; since then what is saved of a column has something (ColumnChoices).
    private static TrainingConfiguration AsMeant(TrainingConfiguration saved)
    {
        saved = WithRulesOfThen(saved);
        if (saved.Preprocessing is not { Columns: { } columns } preprocessing || !columns.Values.Any(IsUnscaled))
            return saved;
        return saved with
        {
            Preprocessing = preprocessing with
            {
                Columns = columns.ToDictionary(column => column.Key, column => IsUnscaled(column.Value) ? column.Value with { Shift = 0, Scale = 1 } : column.Value),
            },
        };
    }

    private static bool IsUnscaled(ColumnScaling column) =>
        column is { IsFixed: false, Numeric: null, Transform: null or NumberTransform.None } && (column.Transform is not null || column.MaxCategories is null);
}
