using Microsoft.EntityFrameworkCore;
using NnService.Api.Access.Audit;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Datasets;
using NnService.Api.Models;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Keeping;

/// <summary>Deletes by age what the settings say, every hour and not before it has said so.</summary>
internal sealed class Retention(
    RetentionSettings settings, Database database, DatasetTables tables, ModelStore models, CheckpointStore checkpoints, Node node, TimeProvider clock,
    IHostApplicationLifetime lifetime, ILogger<Retention> log)
    : IHostedService, IDisposable
{
    private const int MostAtOnce = 1000;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private ITimer? _timer;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!settings.IsOn)
            return Task.CompletedTask;
        log.LogWarning("Retention is on{While:l}, from an hour after this start: {Ages:l}", node.IsAlone ? "" : " while this node leads", settings.Say());
        _timer = clock.CreateTimer(_ => Run(), null, Hour, Hour);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _timer?.Dispose();
        lock (_gate) // a pass under way ends with the transaction it is in
            return Task.CompletedTask;
    }

    public void Dispose() => _timer?.Dispose();

    private void Run()
    {
        if (!node.Leads)
            return;
        lock (_gate)
            try
            {
                // Jobs first: what they used may be unused then.
                Repeat(settings.EndedJobsDays, DeleteJobs);
                Repeat(settings.UnusedDatasetsDays, DeleteDatasets);
                Repeat(settings.ModelVersionsDays, DeleteVersions);
            }
            catch (Exception failure) when (database.Failures.In(failure) is not null || failure is IOException)
            {
                log.LogWarning("The retention could not delete everything, and tries again in an hour: {Reason}", failure.Message);
            }
            catch (Exception unforeseen) // which would end the process: nobody else hears what a timer throws
            {
                log.LogError(unforeseen, "The retention could not delete everything, and tries again in an hour");
            }
    }

    private void Repeat(long? days, Func<DateTime, int> delete)
    {
        if (days is not { } age)
            return;
        var before = clock.GetUtcNow().UtcDateTime.AddDays(-age);
        while (!lifetime.ApplicationStopping.IsCancellationRequested && delete(before) == MostAtOnce)
        {
        }
    }

    private int DeleteJobs(DateTime before)
    {
        var found = Find(db => FreeJobs(db).Where(job => job.EndedAt < before).OrderBy(job => job.EndedAt).Select(job => job.Number));
        if (found.Length == 0)
            return 0;
        var gone = database.WriteFromReserve(db =>
        {
            var jobs = FreeJobs(db).Where(job => EF.Parameter(found).Contains(job.Number)).OrderBy(job => job.Number)
                .Select(job => new { job.Number, job.Id }).ToList();
            Say(db, "training jobs", settings.EndedJobsDays, [.. jobs.Select(job => job.Id.ToString())]);
            long[] numbers = [.. jobs.Select(job => job.Number)];
            db.TrainingJobs.Where(job => EF.Parameter(numbers).Contains(job.Number)).ExecuteDelete();
            return jobs;
        });
        gone.ForEach(job => checkpoints.Forget(job.Id)); // after the commit
        return gone.Count == 0 ? 0 : found.Length; // some may be needed by now, which is no reason to leave the next ones
    }

    private static IQueryable<TrainingJob> FreeJobs(AppDbContext db) =>
        db.TrainingJobs.Where(job => job.StudyId == null || !db.UnendedStudies().Contains(job.StudyId.Value));

    private int DeleteDatasets(DateTime before)
    {
        var found = Find(db => UnusedDatasets(db).Where(dataset => dataset.CreatedAt < before).OrderBy(dataset => dataset.Number).Select(dataset => dataset.Number));
        if (found.Length == 0)
            return 0;
        var gone = database.WriteFromReserve(db =>
        {
            var datasets = UnusedDatasets(db).Where(dataset => EF.Parameter(found).Contains(dataset.Number))
                .OrderBy(dataset => dataset.Number).Select(dataset => new { dataset.Number, dataset.Name, dataset.BlobKey }).ToList();
            Say(db, "datasets", settings.UnusedDatasetsDays, [.. datasets.Select(dataset => dataset.Name)]);
            long[] numbers = [.. datasets.Select(dataset => dataset.Number)];
            db.Datasets.Where(dataset => EF.Parameter(numbers).Contains(dataset.Number)).ExecuteDelete();
            return datasets;
        });
        gone.ForEach(dataset => tables.Delete(dataset.Name, dataset.BlobKey)); // after the commit
        return gone.Count == 0 ? 0 : found.Length;
    }

    private static IQueryable<Dataset> UnusedDatasets(AppDbContext db)
    {
        var needed = db.Needs.DatasetsOfStudies;
        return db.Datasets.Where(dataset => !EF.Parameter(needed).Contains(dataset.Name) && !db.TrainingJobs.Any(job => job.DatasetName == dataset.Name));
    }

    private int DeleteVersions(DateTime before)
    {
        var found = Find(db => SupersededVersions(db).Where(version => version.CreatedAt < before).OrderBy(version => version.CreatedAt).Select(version => version.Number));
        if (found.Length == 0)
            return 0;
        var gone = database.WriteFromReserve(db =>
        {
            var old =
                from version in SupersededVersions(db)
                where EF.Parameter(found).Contains(version.Number)
                join model in db.Models on version.ModelNumber equals model.Number
                orderby version.Number
                select new { version.Number, model.Name, version.Version };
            var versions = old.ToList();
            Say(db, "model versions", settings.ModelVersionsDays, [.. versions.Select(version => $"{version.Name}/{version.Version}")]);
            long[] numbers = [.. versions.Select(version => version.Number)];
            db.ModelVersions.Where(version => EF.Parameter(numbers).Contains(version.Number)).ExecuteDelete();
            db.News.Models = versions.Count > 0;
            return versions;
        });
        gone.ForEach(version => models.Deleted(version.Name, version.Version)); // after the commit
        return gone.Count == 0 ? 0 : found.Length;
    }

    private static IQueryable<ModelVersion> SupersededVersions(AppDbContext db)
    {
        string[] needed = [.. db.Needs.ModelsOfStudies, .. db.Needs.ModelsOfJobs];
        return
            from version in db.ModelVersions
            where db.ModelVersions.Any(later => later.ModelNumber == version.ModelNumber && later.Version > version.Version)
                && !db.ModelAliases.Any(alias => alias.VersionNumber == version.Number)
                && !db.Models.Any(model => model.Number == version.ModelNumber && EF.Parameter(needed).Contains(model.Name))
            select version;
    }

    // The numbers of some that may go. Not within the write, for which others wait: it looks once more whether these are needed by then.
    private long[] Find(Func<AppDbContext, IQueryable<long>> old)
    {
        using var db = database.Read();
        return [.. old(db).Take(MostAtOnce)];
    }

    private void Say(AppDbContext db, string what, long? days, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return;
        log.LogWarning("Deleting {Count} {What} that are older than {Age:l}: {Names}", names.Count, what, RetentionSettings.Days(days), names);
        var chain = AuditChain.EndOf(db);
        foreach (var some in InEntries(names))
        {
            var deleted = $"retention: {some.Count} {what} older than {RetentionSettings.Days(days)}: {string.Join(", ", some)}";
            db.AuditEntries.Add(chain.Append(new AuditEntry { At = clock.GetUtcNow().UtcDateTime, Who = "service", Target = deleted }, null));
        }
    }

    // As many in each entry of the audit log as it has room for.
    private static IEnumerable<List<string>> InEntries(IReadOnlyList<string> names)
    {
        const int Room = AuditEntry.MostCharacters - 60; // what stands in front of them has fewer characters
        var (some, characters) = (new List<string>(), 0);
        foreach (var name in names)
        {
            if (some.Count > 0 && characters + name.Length > Room)
            {
                yield return some;
                (some, characters) = ([], 0);
            }

            some.Add(name);
            characters += name.Length + 2; // with its comma
        }

        yield return some;
    }
}
