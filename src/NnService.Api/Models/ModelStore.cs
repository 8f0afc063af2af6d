using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>A version with the model that computes.</summary>
internal sealed record LoadedModel(string Name, int Version, TrainedModel Model);

/// <summary>Finds versions, and keeps the models that were used last ready to compute.</summary>
internal sealed class ModelStore(Database database, Damage damage) : IDisposable
{
    private const long MostBytes = 512L << 20;

    private readonly MemoryCache _models = new(new MemoryCacheOptions { SizeLimit = MostBytes });

    /// <summary>The model ready to compute; null where there is none.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="version">Its version; null: the latest.</param>
    public LoadedModel? Load(string name, int? version)
    {
        using var db = database.Read();
        var found = Versions(db, name, version).Select(row => new { row.Number, row.Version }).FirstOrDefault();
        if (found is null)
            return null;
        return _models.GetOrCreate(found.Number, entry =>
        {
            var row = db.ModelVersions.Single(stored => stored.Number == found.Number);
            if (ModelVersion.CheckOf(row.Description, row.Parameters) != row.CheckSha256)
                throw damage.Refuse($"Version {row.Version} of model \"{name}\" is damaged: what is stored is not what was saved. Put it back from a backup, or delete the version.");
            entry.Size = row.Parameters.Length + row.Description.Length;
            var description = JsonSerializer.Deserialize<ModelDescription>(row.Description, SpecJson.Options)!;
            return new LoadedModel(name, row.Version, TrainedModel.Create(description, row.Parameters));
        });
    }

    /// <summary>The rows of a version, or of all with the latest first.</summary>
    public static IQueryable<ModelVersion> Versions(AppDbContext db, string name, int? version) =>
        from model in db.Models
        where model.Name == name
        from row in db.ModelVersions
        where row.ModelNumber == model.Number && (version == null || row.Version == version)
        orderby row.Version descending
        select row;

    /// <summary>Adds a version within a write: the next one of the name.</summary>
    public static ModelVersion Add(AppDbContext db, string name, TrainedModel trained, string? metrics, string lineage, DateTime now)
    {
        var description = JsonSerializer.Serialize(trained.Description, SpecJson.Options);
        var model = db.Models.FirstOrDefault(there => there.Name == name);
        if (model is null)
            db.Models.Add(model = new Model { Name = name, CreatedAt = now });
        return model.Add(version => new ModelVersion
        {
            Version = version,
            Description = description,
            Parameters = trained.ParameterBytes,
            Sha256 = trained.Sha256,
            CheckSha256 = ModelVersion.CheckOf(description, trained.ParameterBytes),
            Metrics = metrics,
            Lineage = lineage,
            CreatedAt = now,
        });
    }

    public void Dispose() => _models.Dispose();
}
