using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Metrics;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Finds versions, and keeps the models that were used last ready to compute.</summary>
internal sealed class ModelStore : IDisposable
{
    private const int LargeBytes = 4 << 20;
    private const int CopiesWhileLoading = 2; // the database's and the row's, which becomes the model's
    private const int FewUsages = 256; // below, those of versions that were deleted may stay
    private const string Kind = "model"; // as damage is noted about

    private readonly Database _database;
    private readonly Damage _damage;
    private readonly MemoryBudget _memory;
    private readonly LongRequests _requests;
    private readonly TimeProvider _clock;
    private readonly MemoryCache _models;
    private readonly ConcurrentDictionary<long, ModelUsage> _usages = []; // by the version's row; a model that is not kept ready any more is still counted
    private readonly Lock _loading = new();
    private Known _known = new(-1);
    private int _mostUsages = FewUsages;

    public ModelStore(
        Database database, Damage damage, MemoryLimits limits, MemoryBudget memory, LongRequests requests, ServiceMeter meter, TimeProvider clock)
    {
        (_database, _damage, _memory, _requests, _clock) = (database, damage, memory, requests, clock);
        _models = new MemoryCache(new MemoryCacheOptions { SizeLimit = limits.ModelBytes, TrackStatistics = true });
        meter.Count("nnservice.model_cache.hits", "{request}", "Requests that found their model in memory.", () => Statistics.TotalHits);
        meter.Count("nnservice.model_cache.misses", "{request}", "Requests that had to read their model first.", () => Statistics.TotalMisses);
        meter.Gauge("nnservice.model_cache.models", "{model}", "Models in memory.", () => Statistics.CurrentEntryCount);
        meter.Gauge("nnservice.model_cache.size", "By", "Memory of the models in it.", () => Statistics.CurrentEstimatedSize ?? 0);
    }

    private MemoryCacheStatistics Statistics => _models.GetCurrentStatistics()!;

    /// <summary>The model ready to compute; null where there is none. Errors: <see cref="DamageException"/>.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="versionOrAlias">A version's number or an alias, as it stands in a path; null: the latest.</param>
    public LoadedModel? Find(string name, string? versionOrAlias) => Sought.Of(name, versionOrAlias) is { } sought ? Find(sought) : null;

    /// <summary>The model ready to compute; null where there is none. Errors: <see cref="DamageException"/>.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="version">Its version; null: the latest.</param>
    public LoadedModel? Load(string name, int? version) => Find(new Sought(name, version, null));

    /// <summary>The model that a job has trained; null where it is not there any more.</summary>
    public LoadedModel? Load(string name, int version, Guid jobId)
    {
        using var db = _database.Read();
        return Brief(Versions(db, name, version)).FirstOrDefault() is { } row && ModelLineage.IsOf(row, jobId) ? Load(name, version) : null;
    }

    /// <summary>What a model is that a job has trained, and the bytes of its parameters, which are not read; null where it is not there any more.
    /// Errors: <see cref="DamageException"/>.</summary>
    public (ModelDescription Description, long Bytes)? Describe(string name, int version, Guid jobId)
    {
        using var db = _database.Read();
        if (Brief(Versions(db, name, version)).FirstOrDefault() is not { } row || !ModelLineage.IsOf(row, jobId)
            || Versions(db, name, version).Select(stored => new { stored.Description, stored.Parameters.Length }).FirstOrDefault() is not { } found)
            return null;
        try
        {
            return (JsonSerializer.Deserialize<ModelDescription>(found.Description, SpecJson.Options)!, found.Length);
        }
        catch (JsonException)
        {
            throw _damage.Refuse(SayDamaged(name, version), Subject(name, row.Number));
        }
    }

    /// <summary>The number of the latest version and what it answers, without its parameters, which may be a gigabyte; null where there is none, or what is
    /// stored of it is not what was saved.</summary>
    public (int Version, TargetEncoding Target)? TargetOfLatest(string name)
    {
        using var db = _database.Read();
        var latest = Versions(db, name, null).Select(row => new { row.Version, row.Description }).FirstOrDefault();
        try
        {
            return latest is null ? null : (latest.Version, JsonSerializer.Deserialize<ModelDescription>(latest.Description, SpecJson.Options)!.Target);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The model where it is ready to compute; null where it is not, or where there is none.</summary>
    public LoadedModel? Ready(string name, string? versionOrAlias) => Sought.Of(name, versionOrAlias) is { } sought ? Ready(sought, Current()) : null;

    /// <summary>The same as <see cref="Find(string, string?)"/> for whoever answers where requests come in: a large model is read by a worker.</summary>
    public async ValueTask<LoadedModel?> FindAsync(string name, string? versionOrAlias, CancellationToken cancellation)
    {
        if (Sought.Of(name, versionOrAlias) is not { } sought)
            return null;
        if (LongRequests.IsWorker || Ready(sought, Current()) is not null || BytesOf(sought) <= LargeBytes)
            return Find(sought);
        return await _requests.RunAsync(() => Find(sought), cancellation);
    }

    /// <summary>Whether what stands in a version's place is a number: no alias is.</summary>
    public static bool IsNumber(string versionOrAlias) => !versionOrAlias.AsSpan().ContainsAnyExceptInRange('0', '9');

    /// <summary>A model, or one of its versions, has been deleted: what was noted of it holds no longer.</summary>
    public void Deleted(string name, int? version)
    {
        if (version is { } number)
            _damage.Mended(SayDamaged(name, number));
        else
            _damage.Deleted(Subject(name));
    }

    /// <summary>Forgets what was noted of versions that another node has deleted.</summary>
    public void ForgetGone()
    {
        if (_damage.Which(Kind) is not { Count: > 0 } noted) // looked at before the rows: each of these has had one
            return;
        HashSet<long> there;
        using (var db = _database.Read())
            there = [.. db.ModelVersions.Select(row => row.Number)];
        foreach (var version in noted.Where(version => !there.Contains(long.Parse(version.AsSpan(version.LastIndexOf('/') + 1), CultureInfo.InvariantCulture))))
            _damage.Deleted($"{Kind} {version}");
    }

    private static string Subject(string name) => $"{Kind} {name}";

    private static string Subject(string name, long number) => string.Create(CultureInfo.InvariantCulture, $"{Kind} {name}/{number}");

    private static string SayDamaged(string name, int version) =>
        $"Version {version} of model \"{name}\" is damaged: what is stored is not what was saved. Put it back from a backup, or delete the version.";

    // The count is read before the row: a write that is committed in between makes what is found look older than it is, never newer.
    private Known Current()
    {
        var changes = _database.ModelChanges;
        var known = Volatile.Read(ref _known);
        if (known.Changes != changes)
            Volatile.Write(ref _known, known = new Known(changes));
        return known;
    }

    private LoadedModel? Ready(Sought sought, Known known) =>
        known.Keys.TryGetValue(sought, out var key) && _models.TryGetValue(key, out LoadedModel? loaded) ? loaded : null;

    private LoadedModel? Find(Sought sought)
    {
        var known = Current();
        return Ready(sought, known) ?? Read(sought, known);
    }

    private int BytesOf(Sought sought)
    {
        using var db = _database.Read();
        return sought.Rows(db).Select(row => row.Parameters.Length).FirstOrDefault();
    }

    private LoadedModel? Read(Sought sought, Known known)
    {
        using var db = _database.Read();
        var found = sought.Rows(db).Select(row => new { row.Number, row.Version, row.Parameters.Length }).FirstOrDefault();
        if (found is null)
            return null;
        object key = found.Number; // boxed once for all later look-ups
        // Memory is waited for before the lock: whoever has it may want a model too.
        using var taken = found.Length > LargeBytes && LongRequests.IsWorker
            ? _memory.Reserve((long)found.Length * CopiesWhileLoading, 409, "Train a smaller network") : null;
        // One large model at a time: those who come while it is read find it ready.
        using var alone = found.Length > LargeBytes ? _loading.EnterScope() : default;
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
            throw _damage.Refuse(SayDamaged(name, row.Version), Subject(name, row.Number));
        var description = JsonSerializer.Deserialize<ModelDescription>(row.Description, SpecJson.Options)!;
        var model = TrainedModel.Create(description, row.Parameters);
        using var entry = _models.CreateEntry(key);
        entry.Size = model.Parts.Append(model).Distinct().Sum(part => (long)part.ParameterBytes.Length) + row.Description.Length; // parts have copies
        var loaded = new LoadedModel(name, row.Version, row.Number, model, UsageOf(row.Number));
        entry.Value = loaded;
        return loaded;
    }

    /// <summary>What has been counted of the version in a row since the process began.</summary>
    public UsageFigures FiguresOf(long number) => _usages.TryGetValue(number, out var usage) ? usage.Figures : UsageFigures.None;

    private ModelUsage UsageOf(long number)
    {
        if (_usages.Count >= _mostUsages)
            ForgetDeleted();
        return _usages.GetOrAdd(number, static (_, clock) => new ModelUsage(clock), _clock);
    }

    private void ForgetDeleted()
    {
        using var db = _database.Read();
        var there = db.ModelVersions.Select(row => row.Number).ToHashSet();
        foreach (var number in _usages.Keys.Where(number => !there.Contains(number)).ToList())
            _usages.TryRemove(number, out _);
        _mostUsages = Math.Max(FewUsages, 2 * _usages.Count);
    }

    /// <summary>The rows of a version, or of all with the latest first.</summary>
    public static IQueryable<ModelVersion> Versions(AppDbContext db, string name, int? version) =>
        from model in db.Models
        where model.Name == name
        from row in db.ModelVersions
        where row.ModelNumber == model.Number && (version == null || row.Version == version)
        orderby row.Version descending
        select row;

    /// <summary>Rows without their parameters, which may be a gigabyte.</summary>
    public static IQueryable<ModelVersion> Brief(IQueryable<ModelVersion> rows) => rows.Select(row => new ModelVersion
    {
        Number = row.Number,
        ModelNumber = row.ModelNumber,
        Version = row.Version,
        Description = "",
        Parameters = Array.Empty<byte>(),
        Sha256 = row.Sha256,
        CheckSha256 = row.CheckSha256,
        Metrics = row.Metrics,
        Lineage = row.Lineage,
        CreatedAt = row.CreatedAt,
    });

    /// <summary>The row of a version's number or of what an alias stands for; null where that can be no version.</summary>
    public static IQueryable<ModelVersion>? Rows(AppDbContext db, string name, string versionOrAlias) => Sought.Of(name, versionOrAlias)?.Rows(db);

    /// <summary>Adds a version within a write: the next one of the name.</summary>
    public static ModelVersion Add(AppDbContext db, string name, TrainedModel trained, StoredMetrics? metrics, string lineage, DateTime now)
    {
        var description = JsonSerializer.Serialize(trained.Description, SpecJson.Options);
        return Named(db, name, now).Add(version => new ModelVersion
        {
            Version = version,
            Description = description,
            Parameters = trained.ParameterBytes,
            Sha256 = trained.Sha256,
            CheckSha256 = ModelVersion.CheckOf(description, trained.ParameterBytes),
            Metrics = metrics?.All,
            Summary = metrics?.Summary ?? "null",
            Lineage = lineage,
            CreatedAt = now,
        });
    }

    /// <summary>Adds a version that is the same as one of another name, within a write.</summary>
    public static ModelVersion Copy(AppDbContext db, ModelVersion from, string name, DateTime now) => Named(db, name, now).Add(version => new ModelVersion
    {
        Version = version,
        Description = from.Description,
        Parameters = from.Parameters,
        Sha256 = from.Sha256,
        CheckSha256 = from.CheckSha256,
        Metrics = from.Metrics,
        Summary = from.Summary,
        Lineage = from.Lineage,
        CreatedAt = now,
    });

    private static Model Named(AppDbContext db, string name, DateTime now)
    {
        db.News.Models = true;
        var model = db.Models.FirstOrDefault(there => there.Name == name);
        if (model is null)
            db.Models.Add(model = new Model { Name = name, CreatedAt = now });
        return model;
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
