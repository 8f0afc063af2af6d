using System.Data.Common;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NnService.Api.Storage;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.Keeping;

/// <summary>What takes the room, and what goes by age.</summary>
public sealed class StorageTests
{
    private const string Job = """{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":5,"model":"heights"}""";

    [Fact]
    public async Task The_room_is_told_by_kind_and_name()
    {
        using var service = new TestService();
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Upload("iris", "iris.csv");
        var job = await wire.Train(Job);

        var use = (await wire.Get("storage")).Json;

        var kinds = use["kinds"]!.AsArray().ToDictionary(kind => (string)kind!["kind"]!, kind => ((long)kind!["bytes"]!, (int)kind["files"]!));
        Assert.Equal((8 << 20, 1), kinds["reserve"]);
        Assert.Equal((Wire.Sample("toy_heights.csv").Length + Wire.Sample("iris.csv").Length, 2), kinds["uploads"]);
        Assert.Equal(2, kinds["columns"].Item2);
        Assert.Equal(!TestDatabase.IsPostgreSql, kinds.GetValueOrDefault("database").Item1 > 4096);
        Assert.Equal((long)use["bytes"]!, kinds.Values.Sum(kind => kind.Item1));
        Assert.True((long)use["freeBytes"]! > 0);
        Assert.Equal(["iris", "heights"], Names(use["datasets"]));
        Assert.Equal(["heights"], Names(use["models"]));
        Assert.Equal([(string)job["id"]!], Names(use["histories"]));
        Assert.Equal(6 * 8 * sizeof(double), (long)use["histories"]![0]!["bytes"]!);
        Assert.Empty(Names(use["checkpoints"]));
    }

    [Fact]
    public void Room_for_deletes_that_was_given_up_is_set_aside_again_within_the_hour()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        Start(service, clock);
        var reserve = new FileInfo(Path.Combine(service.Folder, "reserve"));
        reserve.Delete();

        clock.Advance(TimeSpan.FromHours(1));

        reserve.Refresh();
        Assert.Equal((true, 8 << 20), (reserve.Exists, reserve.Exists ? reserve.Length : 0));
    }

    [Fact]
    public async Task Nothing_goes_unless_a_setting_says_so()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (wire, _, _) = Start(service, clock);
        await Fill(wire);

        clock.Advance(TimeSpan.FromDays(1000));

        Assert.Equal(HttpStatusCode.OK, (await wire.Get("datasets/iris")).Status);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("models/heights/versions/1")).Status);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("training-jobs/latest")).Status);
    }

    [Fact]
    public async Task The_jobs_and_versions_of_a_study_s_trials_stay_until_the_study_has_ended()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (wire, _, _) = Start(service, clock, ("Retention:EndedJobsDays", "10"), ("Retention:ModelVersionsDays", "10"));
        await wire.Upload("iris", "iris.csv");
        var study = (string)(await wire.Post("studies", """
            {"job":{"dataset":"iris","target":"species","epochs":2,"recipe":"fast","earlyStopping":{"patience":0}},
             "search":{"/epochs":{"choice":[2,10000000]},"/batchSize":{"choice":[8]}},"trials":8,"seed":2,"keep":"none","name":"study"}
            """)).Json["id"]!;
        await wire.UntilAt($"studies/{study}", now => now["trials"]!.AsArray().Count(trial => (string?)trial!["state"] == "succeeded") > 1);

        clock.Advance(TimeSpan.FromDays(11));
        Assert.NotEmpty((await wire.Get("training-jobs?state=succeeded")).Json["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("models/study.trials/versions/1")).Status);

        await wire.Post($"studies/{study}/cancel", "");
        clock.Advance(TimeSpan.FromDays(11));
        Assert.Empty((await wire.Get("training-jobs?state=succeeded")).Json["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("models/study.trials/versions/1")).Status);
    }

    [Fact]
    public async Task A_dataset_and_a_model_that_a_study_was_given_stay_until_it_has_ended()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (wire, _, _) = Start(
            service, clock, ("Retention:UnusedDatasetsDays", "20"), ("Retention:ModelVersionsDays", "30"), ("Training:MaxQueuedJobs", "1"));
        await Fill(wire);
        await wire.Put("models/heights/aliases/live", """{"version":3}""");
        await wire.Upload("given", "toy_heights.csv");
        foreach (var state in (string[])["running", "queued"]) // the study's job would be one too many
            await wire.Until((string)(await wire.Post("training-jobs", EndlessJob.OnHeights("heights", "endless"))).Json["id"]!, state);
        var study = (string)(await wire.Post("studies", $$"""
            {"job":{"dataset":"given","target":"gender","features":["weight_lb","height_in"],"epochs":5,"split":{"train":0.5,"validation":0.5,"test":0},
             "initialModel":{"name":"heights","version":1} },"search":{"/batchSize":{"choice":[1,2]} },"trials":2,"keep":"none"}
            """)).Json["id"]!;

        clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal("queued", (string?)(await wire.Get($"studies/{study}")).Json["state"]);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("datasets/given")).Status);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("models/heights/versions/1")).Status);

        await wire.Post($"studies/{study}/cancel", "");
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("datasets/given")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("models/heights/versions/1")).Status);
        await wire.CancelAll();
    }

    [Fact]
    public async Task Each_thing_goes_at_its_age_and_the_log_says_so_before()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (wire, log, _) = Start(
            service, clock, ("Retention:EndedJobsDays", "10"), ("Retention:UnusedDatasetsDays", "20"), ("Retention:ModelVersionsDays", "30"));
        Assert.Equal(
            "Retention is on, from an hour after this start: ended jobs go after 10 days, unused datasets after 20 days, old versions without alias after 30 days",
            Assert.Single(log.Lines));
        await Fill(wire);
        var paused = await Paused(wire);

        clock.Advance(TimeSpan.FromDays(9));
        Assert.Equal(3, (await wire.Get("training-jobs?state=succeeded")).Json["items"]!.AsArray().Count);
        Assert.Single(log.Lines);

        clock.Advance(TimeSpan.FromDays(2));
        Assert.Empty((await wire.Get("training-jobs?state=succeeded")).Json["items"]!.AsArray());
        Assert.Contains(log.Lines, line => line.StartsWith("Deleting 3 training jobs that are older than 10 days", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await wire.Get($"training-jobs/{paused}")).Status); // it has not ended

        clock.Advance(TimeSpan.FromDays(10));
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("datasets/iris")).Status);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("datasets/heights")).Status); // the job that is paused needs it
        Assert.Contains("Deleting 1 datasets that are older than 20 days: iris", log.Lines);
        var files = (await wire.Get("storage")).Json["kinds"]!.AsArray().Where(kind => (string)kind!["kind"]! is "uploads" or "columns");
        Assert.Equal(2, files.Sum(kind => (int)kind!["files"]!));

        Assert.Equal(HttpStatusCode.OK, (await wire.Get("models/heights/versions/2")).Status);
        clock.Advance(TimeSpan.FromDays(10));
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("models/heights/versions/1")).Status); // an alias stands for it
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("models/heights/versions/2")).Status);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("models/heights/versions/3")).Status); // the latest
        Assert.Equal([3, 1], (await wire.Get("models/heights")).Json["versions"]!.AsArray().Select(version => (int)version!["version"]!));
        await wire.CancelAll();
    }

    [Fact]
    public async Task What_goes_by_age_has_its_entries_in_the_audit_log()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (wire, _, _) = Start(service, clock, ("Retention:EndedJobsDays", "10"), ("Retention:UnusedDatasetsDays", "10"), ("Retention:ModelVersionsDays", "10"));
        await Fill(wire);
        for (var table = 0; table < 9; table++)
            await wire.Upload($"{new string('n', 60)}{table}", "toy_heights.csv");
        var jobs = (await wire.Get("training-jobs")).Json["items"]!.AsArray().Select(job => (string)job!["id"]!).Reverse().ToList();
        Assert.Empty(await OfTheService());

        clock.Advance(TimeSpan.FromDays(11));

        var entries = await OfTheService();
        Assert.Equal(4, entries.Count);
        Assert.Equal($"retention: 3 training jobs older than 10 days: {string.Join(", ", jobs)}", (string?)entries[3]!["target"]);
        Assert.Equal( // an entry has room for 500 characters
            [$"retention: 8 datasets older than 10 days: heights, iris, {Tables(0, 6)}", $"retention: 3 datasets older than 10 days: {Tables(6, 3)}"],
            [(string)entries[2]!["target"]!, (string)entries[1]!["target"]!]);
        Assert.Equal("retention: 1 model versions older than 10 days: heights/2", (string?)entries[0]!["target"]);
        Assert.All(entries, entry => Assert.Equal((null, null), (entry!["method"], entry["status"])));
        Assert.True((bool)(await wire.Get("audit/verification")).Json["holds"]!);

        static string Tables(int first, int count) => string.Join(", ", Enumerable.Range(first, count).Select(table => $"{new string('n', 60)}{table}"));

        async Task<List<JsonNode?>> OfTheService() =>
            [.. (await wire.Get("audit?limit=500")).Json["items"]!.AsArray().Where(entry => (string?)entry!["who"] == "service")];
    }

    [Fact]
    public async Task What_was_noted_of_a_thing_goes_with_it()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (wire, _, services) = Start(service, clock, ("Retention:EndedJobsDays", "10"), ("Retention:UnusedDatasetsDays", "10"), ("Retention:ModelVersionsDays", "10"));
        await wire.Upload("heights", "toy_heights.csv");
        var job = Guid.Parse((string)(await wire.Train(Job))["id"]!);
        await wire.Train(Job);
        services.GetRequiredService<CheckpointStore>().NoteWhetherLost(job);
        services.GetRequiredService<Errors.Damage>().Note(
            "Version 1 of model \"heights\" is damaged: what is stored is not what was saved. Put it back from a backup, or delete the version.", "model heights");
        var upload = Directory.GetFiles(Path.Combine(service.Folder, "blobs")).Single(file => Path.GetExtension(file).Length == 0);
        File.WriteAllText(upload, "a,b\n1,2\n");
        Assert.Equal(HttpStatusCode.InternalServerError, (await wire.Get("datasets/heights/content")).Status);
        Assert.Equal(3, (await wire.Get("/health/ready")).Json["reasons"]!.AsArray().Count);

        clock.Advance(TimeSpan.FromDays(11));

        Assert.Equal("""{"status":"ready","reasons":[]}""", (await wire.Get("/health/ready")).Text);
    }

    [Fact]
    public async Task Whatever_a_pass_fails_of_the_next_one_comes()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var failing = new FailingDelete();
        var (wire, log, _) = Start(service, clock, failing, ("Retention:UnusedDatasetsDays", "10"));
        await wire.Upload("iris", "iris.csv");

        clock.Advance(TimeSpan.FromDays(11)); // the process would end with what its timer throws

        Assert.True(failing.HasFailed);
        Assert.Contains(log.Lines, line => line.StartsWith("The retention could not delete everything", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("datasets/iris")).Status);
    }

    [Fact]
    public async Task What_goes_by_age_goes_from_a_full_disk_by_the_room_that_is_set_aside()
    {
        using var service = new TestService();
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (wire, _, _) = Start(
            service, clock, new FullDisk(Path.Combine(service.Folder, "reserve")),
            ("Retention:EndedJobsDays", "10"), ("Retention:UnusedDatasetsDays", "10"), ("Retention:ModelVersionsDays", "10"));
        await Fill(wire);

        clock.Advance(TimeSpan.FromDays(11));

        Assert.Empty((await wire.Get("training-jobs")).Json["items"]!.AsArray());
        Assert.Empty((await wire.Get("datasets")).Json["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("models/heights/versions/2")).Status);
    }

    private static async Task Fill(Wire wire)
    {
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Upload("iris", "iris.csv");
        for (var version = 0; version < 3; version++)
            await wire.Train(Job);
        Assert.Equal(HttpStatusCode.OK, (await wire.Put("models/heights/aliases/live", """{"version":1}""")).Status);
    }

    private static async Task<string> Paused(Wire wire)
    {
        var id = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("heights", "endless"))).Json["id"]!;
        await wire.Post($"training-jobs/{id}/pause", "");
        await wire.Until(id, "paused");
        return id;
    }

    private static (Wire Wire, Said Log, IServiceProvider Services) Start(
        TestService service, FakeTimeProvider clock, params (string Name, string Value)[] settings) => Start(service, clock, null, settings);

    private static (Wire Wire, Said Log, IServiceProvider Services) Start(
        TestService service, FakeTimeProvider clock, IInterceptor? interceptor, params (string Name, string Value)[] settings)
    {
        var said = new Said();
        var host = service.WithWebHostBuilder(builder =>
        {
            foreach (var (name, value) in settings)
                builder.UseSetting(name, value);
            builder.ConfigureTestServices(services =>
            {
                services.AddSingleton<TimeProvider>(clock);
                services.AddSingleton<ILoggerProvider>(said);
                if (interceptor is not null)
                    TestDatabase.Intercept(services, interceptor);
            });
        });
        var http = host.CreateClient(new WebApplicationFactoryClientOptions());
        http.Timeout = Wire.Patience;
        return (new Wire(http), said, host.Services);
    }

    private static string[] Names(JsonNode? items) => [.. items!.AsArray().Select(item => (string)item!["name"]!)];

    /// <summary>Throws once what no caller expects.</summary>
    private sealed class FailingDelete : DbCommandInterceptor
    {
        public bool HasFailed { get; private set; }

        public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result)
        {
            if (HasFailed || !command.CommandText.StartsWith("DELETE FROM \"Datasets\"", StringComparison.Ordinal))
                return result;
            HasFailed = true;
            throw new UnauthorizedAccessException("Access to the path is denied.");
        }
    }

    /// <summary>Has room for a delete only where what is set aside for it has been given up.</summary>
    private sealed class FullDisk(string reserve) : DbCommandInterceptor
    {
        private static readonly string[] s_aged = ["DELETE FROM \"TrainingJobs\"", "DELETE FROM \"Datasets\"", "DELETE FROM \"ModelVersions\""];

        public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result) =>
            Array.Exists(s_aged, delete => command.CommandText.StartsWith(delete, StringComparison.Ordinal)) && File.Exists(reserve)
                ? throw new IOException("No space left on device", 28) : result;
    }

    /// <summary>What the retention says.</summary>
    private sealed class Said : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public ILogger CreateLogger(string categoryName) =>
            categoryName.EndsWith(".Retention", StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
                _lines.Add(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
