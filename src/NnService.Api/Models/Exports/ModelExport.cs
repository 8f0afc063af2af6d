using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Export;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Exports;

/// <summary>Writes versions as files that work without the service.</summary>
internal sealed class ModelExport(Database database, DatasetTables tables, MemoryBudget memory)
{
    private const string RuleOfValues = "An interval at level c is the prediction - s to the prediction + s, with s from scores[target]";
    private const string RuleOfLogs = "An interval at level c is exp(ln(1 + prediction) - s) - 1 to exp(ln(1 + prediction) + s) - 1, with s from scores[target]";
    private const string RuleOfLabels = "The labels at level c are the predicted one and all whose probability is at least 1 - s, with s from scores[0]";
    private const string RuleOfRanks = ": the one at the first of ranks that is at least c * (rows + 1).";

    /// <summary>The formats' names, for sentences.</summary>
    public static string KnownFormats => string.Join(", ", ExportFormat.Known.Select(format => format.Name));

    /// <summary>The file; refused where the format is unknown or cannot say what the model does.</summary>
    public Outcome<(ExportFormat Format, byte[] File)> Write(LoadedModel loaded, string formatName)
    {
        if (ExportFormat.Known.FirstOrDefault(known => known.Name == formatName) is not { } format)
            return Refusal.Result(404, $"There is no export format \"{Echo.Cut(formatName)}\". Known: {KnownFormats}.");
        using var taken = memory.Reserve(
            format.BytesFor(loaded.Model), StatusCodes.Status409Conflict,
            "The safetensors export takes least; or export a smaller model");
        using var db = database.Read();
        if (ModelStore.Brief(ModelStore.Versions(db, loaded.Name, loaded.Version)).FirstOrDefault() is not { } row)
            return Refusal.Result(404, $"There is no model version \"{loaded.Name}/{loaded.Version}\".");
        var lineage = ModelLineage.Of(row, loaded.Model.Description);
        var rows = ExportRows.Of(loaded.Model, TrainingTable(db, lineage));
        try
        {
            return (format, format.Export(new ExportSource(loaded.Name, loaded.Model, rows, ManifestOf(loaded, row, lineage))));
        }
        catch (ExportException refused)
        {
            return Refusal.Conflict(refused.Message);
        }
    }

    // Null where the dataset is gone or damaged, or is another one by now. Where it cannot be reached it is there again soon, and the file would be another one.
    private Table? TrainingTable(AppDbContext db, ModelLineage lineage)
    {
        try
        {
            return lineage.FindBytes(db) is { } dataset && lineage.IsReadAsThen(dataset) ? tables.Find(dataset) : null;
        }
        catch (DamageException) // has been noted
        {
            return null;
        }
    }

    private static JsonObject ManifestOf(LoadedModel loaded, ModelVersion row, ModelLineage lineage)
    {
        var description = loaded.Model.Description;
        return new JsonObject
        {
            ["model"] = loaded.Name,
            ["version"] = loaded.Version,
            ["createdAt"] = row.CreatedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"),
            ["engineVersion"] = lineage.CodeVersion ?? ServiceVersion.Text,
            ["exportedBy"] = $"NnService {ServiceVersion.Text}",
            ["task"] = EnumNames<TaskKind>.Of(description.Target.Task),
            ["precision"] = EnumNames<Precision>.Of(description.Precision),
            ["weightsSha256"] = row.Sha256,
            ["source"] = lineage.Source,
            ["dataset"] = lineage.Dataset,
            ["datasetSha256"] = lineage.DatasetSha256,
            ["seed"] = lineage.Seed,
            ["network"] = JsonSerializer.SerializeToNode(description.Network, SpecJson.Options),
            ["configuration"] = lineage.Configuration?.DeepClone(),
            ["conformal"] = description.Conformal is { } scores ? Intervals(description, scores) : null,
            ["metrics"] = row.Metrics is null ? null : JsonNode.Parse(row.Metrics),
            ["origin"] = lineage.Origin?.DeepClone(),
        };
    }

    private static JsonObject Intervals(ModelDescription description, ConformalScores scores)
    {
        var conformal = JsonSerializer.SerializeToNode(scores, SpecJson.Options)!.AsObject();
        conformal.Insert(0, "rule", (scores.OfLogs ? RuleOfLogs : description.Target.Task == TaskKind.Regression ? RuleOfValues : RuleOfLabels) + RuleOfRanks);
        return conformal;
    }
}
