using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>A version with the model that computes.</summary>
internal sealed record LoadedModel(string Name, int Version, TrainedModel Model)
{
    /// <summary>Reads the usual bodies of rows to predict; null where the model takes anything but numbers.</summary>
    public PlainRows? PlainRows { get; } = JsonRowEncoder.For(Model.Description.Features) is { } encoder ? new PlainRows(encoder) : null;

    /// <summary>The names in its answers.</summary>
    public AnswerNames Names { get; } = new(Name, Model.Description.Target);
}

/// <summary>Finds versions, and keeps the models that were used last ready to compute.</summary>
internal sealed class ModelStore(Database database, Damage damage) : IDisposable
{
    private const long MostBytes = 512L << 20;

    private readonly MemoryCache _models = new(new MemoryCacheOptions { SizeLimit = MostBytes });
    private Known _known = new(-1);

    /// <summary>The model ready to compute; null where there is none. Errors: <see cref="DamageException"/>.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="versionOrAlias">A version's number or an alias, as it stands in a path; null: the latest.</param>
    public LoadedModel? Find(string name, string? versionOrAlias) => Sought.Of(name, versionOrAlias) is { } sought ? Find(sought) : null;

    /// <summary>The model ready to compute; null where there is none. Errors: <see cref="DamageException"/>.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="version">Its version; null: the latest.</param>
    public LoadedModel? Load(string name, int? version) => Find(new Sought(name, version, null));

    /// <summary>Whether what stands in a version's place is a number: no alias is.</summary>
    public static bool IsNumber(string versionOrAlias) => !versionOrAlias.AsSpan().ContainsAnyExceptInRange('0', '9');

    // The count is read before the row: a write that is committed in between makes what is found look older than it is, never newer.
    private LoadedModel? Find(Sought sought)
    {
        var changes = database.ModelChanges;
        var known = Volatile.Read(ref _known);
        if (known.Changes != changes)
            Volatile.Write(ref _known, known = new Known(changes));
        if (known.Keys.TryGetValue(sought, out var key) && _models.TryGetValue(key, out LoadedModel? loaded))
            return loaded;
        return Read(sought, known);
    }

    private LoadedModel? Read(Sought sought, Known known)
    {
        using var db = database.Read();
        var found = sought.Rows(db).Select(row => new { row.Number, row.Version }).FirstOrDefault();
        if (found is null)
            return null;
        object key = found.Number; // boxed once for all later look-ups
        if (!_models.TryGetValue(key, out LoadedModel? loaded))
        {
            if (db.ModelVersions.FirstOrDefault(stored => stored.Number == found.Number) is not { } row)
                return null; // deleted since the line above
            loaded = Keep(key, sought.Name, row);
        }

        known.Keys[sought] = key;
        return loaded;
    }

    private LoadedModel Keep(object key, string name, ModelVersion row)
    {
        if (ModelVersion.CheckOf(row.Description, row.Parameters) != row.CheckSha256)
            throw damage.Refuse($"Version {row.Version} of model \"{name}\" is damaged: what is stored is not what was saved. Put it back from a backup, or delete the version.");
        var description = JsonSerializer.Deserialize<ModelDescription>(row.Description, SpecJson.Options)!;
        using var entry = _models.CreateEntry(key);
        entry.Size = row.Parameters.Length + row.Description.Length;
        var loaded = new LoadedModel(name, row.Version, TrainedModel.Create(description, row.Parameters));
        entry.Value = loaded;
        return loaded;
    }

    /// <summary>The rows of a version, or of all with the latest first.</summary>
    public static IQueryable<ModelVersion> Versions(AppDbContext db, string name, int? version) =>
        from model in db.Models
        where model.Name == name
        from row in db.ModelVersions
        where row.ModelNumber == model.Number && (version == null || row.Version == version)
        orderby row.Version descending
        select row;

    /// <summary>The row of a version's number or of what an alias stands for; null where that can be no version.</summary>
    public static IQueryable<ModelVersion>? Rows(AppDbContext db, string name, string versionOrAlias) => Sought.Of(name, versionOrAlias)?.Rows(db);

    /// <summary>Adds a version within a write: the next one of the name.</summary>
    public static ModelVersion Add(AppDbContext db, string name, TrainedModel trained, string? metrics, string lineage, DateTime now)
    {
        db.ChangesModels = true;
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

    private readonly record struct Sought(string Name, int? Version, string? Alias)
    {
        /// <summary>Null where the number is larger than any version's.</summary>
        public static Sought? Of(string name, string? versionOrAlias) =>
            versionOrAlias is null || !IsNumber(versionOrAlias) ? new Sought(name, null, versionOrAlias)
            : int.TryParse(versionOrAlias, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? new Sought(name, version, null)
            : null;

        public IQueryable<ModelVersion> Rows(AppDbContext db)
        {
            var (name, alias) = (Name, Alias);
            return alias is null
                ? Versions(db, name, Version)
                : from model in db.Models
                  where model.Name == name
                  from pointer in db.ModelAliases
                  where pointer.ModelNumber == model.Number && pointer.Name == alias
                  from row in db.ModelVersions
                  where row.Number == pointer.VersionNumber
                  select row;
        }
    }

    // Which row each look-up led to at one count of changes. Only what exists is kept, so that wrong names cannot fill it.
    private sealed record Known(long Changes)
    {
        public ConcurrentDictionary<Sought, object> Keys { get; } = new();
    }
}
