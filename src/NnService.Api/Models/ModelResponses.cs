using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;

namespace NnService.Api.Models;

/// <summary>Models with their versions and aliases, by a few queries for however many there are.</summary>
internal static class ModelResponses
{
    /// <summary>The answers, in the order of the models.</summary>
    public static IReadOnlyList<ModelResponse> Of(AppDbContext db, IReadOnlyList<Model> models)
    {
        var numbers = models.Select(model => model.Number).ToList();
        // What an index has (ModelMapping.ListIndex), and nothing else of the rows.
        var versions = db.ModelVersions.Where(version => EF.Parameter(numbers).Contains(version.ModelNumber)).OrderByDescending(version => version.ModelNumber).ThenByDescending(version => version.Version)
            .Select(version => new { version.Number, version.ModelNumber, version.Version, version.CreatedAt, version.Sha256, version.Summary }).AsEnumerable()
            .Select(version => (
                version.Number, version.ModelNumber, IsOlder: version.Summary is null,
                Answer: new ModelVersionSummary(
                    version.Version, version.CreatedAt, version.Sha256, version.Summary is null ? null : JsonNode.Parse(version.Summary)))).ToList();
        var older = MetricsOf(db, [.. versions.Where(version => version.IsOlder).Select(version => version.Number)]);
        var answers = versions.ToLookup(
            version => version.ModelNumber,
            version => version.IsOlder ? version.Answer with { Metrics = older.GetValueOrDefault(version.Number) } : version.Answer);
        var aliases =
            (from alias in db.ModelAliases
             where EF.Parameter(numbers).Contains(alias.ModelNumber)
             join version in db.ModelVersions on alias.VersionNumber equals version.Number
             orderby alias.Name
             select new { alias.ModelNumber, alias.Name, version.Version }).ToLookup(alias => alias.ModelNumber);
        return
        [
            .. models.Select(model => new ModelResponse(
                model.Name, model.CreatedAt, [.. answers[model.Number]], aliases[model.Number].ToDictionary(alias => alias.Name, alias => alias.Version))),
        ];
    }

    // Of versions that were made before summaries were kept.
    private static Dictionary<long, JsonObject?> MetricsOf(AppDbContext db, List<long> numbers) => numbers.Count == 0 ? [] : db.ModelVersions
        .Where(version => EF.Parameter(numbers).Contains(version.Number)).Select(version => new { version.Number, version.Metrics })
        .AsEnumerable() // one at a time: the metrics of one may be megabytes
        .ToDictionary(version => version.Number, version => LargeTables.LeftOut(version.Metrics));
}
