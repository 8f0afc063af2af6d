using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;

namespace NnService.Api.Models;

/// <summary>Models with their versions and aliases, by two queries for however many there are.</summary>
internal static class ModelResponses
{
    /// <summary>The answers, in the order of the models.</summary>
    public static IReadOnlyList<ModelResponse> Of(AppDbContext db, IReadOnlyList<Model> models)
    {
        var numbers = models.Select(model => model.Number).ToList();
        var versions = db.ModelVersions.Where(version => EF.Parameter(numbers).Contains(version.ModelNumber)).OrderByDescending(version => version.ModelNumber).ThenByDescending(version => version.Version)
            .Select(version => new { version.ModelNumber, version.Version, version.CreatedAt, version.Sha256, version.Metrics }).AsEnumerable() // one at a time: the metrics of one may be megabytes
            .ToLookup(
                version => version.ModelNumber,
                version => new ModelVersionSummary(
                    version.Version, version.CreatedAt, version.Sha256, LargeTables.LeftOut(version.Metrics)));
        var aliases =
            (from alias in db.ModelAliases
             where EF.Parameter(numbers).Contains(alias.ModelNumber)
             join version in db.ModelVersions on alias.VersionNumber equals version.Number
             orderby alias.Name
             select new { alias.ModelNumber, alias.Name, version.Version }).ToLookup(alias => alias.ModelNumber);
        return
        [
            .. models.Select(model => new ModelResponse(
                model.Name, model.CreatedAt, [.. versions[model.Number]], aliases[model.Number].ToDictionary(alias => alias.Name, alias => alias.Version))),
        ];
    }
}
