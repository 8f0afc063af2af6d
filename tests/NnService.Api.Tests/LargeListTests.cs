using System.Data.Common;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Studies;
using NnService.Api.Studies.Folds;
using NnService.Api.Studies.Running;
using NnService.Api.Tests.Studies;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Tests;

/// <summary>Lists and comparisons of things whose metrics are megabytes each: one is in memory at a time.</summary>
// Beside other tests, the memory of the process says nothing.
[CollectionDefinition(nameof(LargeListTests), DisableParallelization = true)]
[Collection(nameof(LargeListTests))]
public sealed class LargeListTests : IDisposable
{
    private const int Count = 100;
    private const int Labels = 300;
    private const long All = 2L * 2 * Labels * Labels * Count; // two characters a count, of two bytes each
    private const long Most = All / 3; // some of them, and what pools of arrays keep for the next

    private readonly ReaderMemory _memory = new();
    private readonly TestService _service;
    private readonly Wire _wire;

    public LargeListTests()
    {
        _service = new TestService { Interceptor = _memory };
        _wire = _service.Wire;
    }

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Models_are_listed_without_the_tables_of_many_labels()
    {
        for (var i = 0; i < Count; i++)
            await _wire.Post("models", """{"name":"large","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        Write("UPDATE \"ModelVersions\" SET \"Metrics\" = {0}, \"Summary\" = NULL", Metrics()); // as versions before summaries have made them
        _memory.Most = null;

        var listed = Assert.Single((await _wire.Get("models")).Json["items"]!.AsArray())!;
        var one = (await _wire.Get("models/large")).Json;
        var version = (await _wire.Get("models/large/versions/1")).Json;

        Assert.Equal(listed.ToJsonString(), one.ToJsonString());
        Assert.Equal(Enumerable.Range(1, Count).Reverse(), one["versions"]!.AsArray().Select(there => (int)there!["version"]!));
        Assert.All(one["versions"]!.AsArray(), there => Assert.Equal("""{"test":{"accuracy":0.5},"verdict":"Good."}""", there!["metrics"]!.ToJsonString()));
        Assert.Equal(Labels, version["metrics"]!["test"]!["confusionMatrix"]!["counts"]!.AsArray().Count);
        Assert.True(_memory.Most < Most, $"{_memory.Most:N0} bytes were held.");
    }

    [Theory]
    [InlineData("limit=500", Count, false)]
    [InlineData("limit=500&fields=id,metrics.test.accuracy", Count, false)]
    [InlineData("limit=9&fields=id,metrics.test.confusionMatrix", 9, true)]
    public async Task Jobs_are_listed_one_at_a_time(string query, int count, bool haveTables)
    {
        await _wire.PostCsv("datasets?name=large", "x,y\n1,2\n2,3\n3,5\n");
        await _wire.Train("""{"dataset":"large","target":"y","task":"regression","epochs":1,"recipe":"fast","model":"large"}""");
        Write("UPDATE \"TrainingJobs\" SET \"Metrics\" = {0}", Metrics());
        using (var db = _service.Services.GetRequiredService<Database>().Read())
        {
            var columns = string.Join(", ", db.Model.FindEntityType(typeof(TrainingJob))!.GetProperties().Where(property => property.Name is not ("Number" or "Id"))
                .Select(property => $"\"{property.GetColumnName()}\""));
            for (var i = 1; i < Count; i++)
                Write($$"""INSERT INTO "TrainingJobs" ("Id", {{columns}}) SELECT {0}, {{columns}} FROM "TrainingJobs" ORDER BY "Number" LIMIT 1""", Guid.NewGuid());
        }

        _memory.Most = null;

        var jobs = (await _wire.Get($"training-jobs?model=large&{query}")).Json["items"]!.AsArray();

        Assert.Equal(count, jobs.Select(job => (string)job!["id"]!).Distinct().Count());
        Assert.All(jobs, job => Assert.Equal(haveTables, job!["metrics"]!["test"]!.AsObject().ContainsKey("confusionMatrix")));
        Assert.True(_memory.Most < Most, $"{_memory.Most:N0} bytes were held.");
    }

    [Fact]
    public async Task Jobs_are_compared_and_folds_summed_up_by_their_figures_alone()
    {
        const int Folds = 20;
        await _wire.PostCsv("datasets?name=large", $"x,y\n{string.Join('\n', Enumerable.Range(0, 40).Select(row => $"{row},{row % 2}"))}\n");
        var id = await _wire.Start("""
            {"kind":"crossValidation","folds":20,"keep":"none","job":{"dataset":"large","target":"y","features":["x"],"task":"binaryClassification","epochs":1,"recipe":"fast"} }
            """);
        var study = await _wire.Ended(id);
        string[] jobs = [.. study["trials"]!.AsArray().Select(trial => $"\"{trial!["jobId"]}\"")];
        Write("UPDATE \"TrainingJobs\" SET \"Metrics\" = {0}", Metrics());
        using var db = _service.Services.GetRequiredService<Database>().Read();
        var row = db.Studies.Single();
        var trials = db.TrialsOf(row).ToList();
        const long Texts = 2L * 2 * Labels * Labels * Folds;

        var compared = await Held(async () => (await _wire.Post("training-jobs/compare", $$"""{"ids":[{{string.Join(',', jobs)}}]}""")).Json["metrics"]!);
        Assert.Equal(["trainLoss", "validationLoss", "test.accuracy"], compared.AsObject().Select(metric => metric.Key).Where(name => compared[name]![0] is not null));
        Assert.Equal(Enumerable.Repeat(0.5, Folds), Wire.Numbers(compared["test.accuracy"]));
        var ofFolds = await Held(() => Task.FromResult(
            _service.Services.GetRequiredService<FoldMetrics>().Of(row, StudyView.RequestOf(row), trials).Metrics));
        Assert.Equal(Enumerable.Repeat(0.5, Folds), Wire.Numbers(ofFolds["accuracy"]!["folds"]));
        Assert.False(ofFolds.ContainsKey("logLoss"));

        async Task<T> Held<T>(Func<Task<T>> work)
        {
            _memory.Begin();
            var done = await work();
            Assert.True(_memory.Most < Texts / 3, $"{_memory.Most:N0} bytes were held.");
            return done;
        }
    }

    private void Write(string sql, object value) => _service.Services.GetRequiredService<Database>().Write(db => db.Database.ExecuteSqlRaw(sql, value));

    private static string Metrics()
    {
        var row = new JsonArray([.. Enumerable.Range(0, Labels).Select(_ => JsonValue.Create(0))]);
        var counts = new JsonArray([.. Enumerable.Range(0, Labels).Select(_ => row.DeepClone())]);
        var ofLabels = new JsonArray([.. Enumerable.Range(0, Labels).Select(label => new JsonObject { ["label"] = $"{label}" })]);
        return new JsonObject
        {
            ["test"] = new JsonObject { ["accuracy"] = 0.5, ["confusionMatrix"] = new JsonObject { ["labels"] = new JsonArray(), ["counts"] = counts }, ["perClass"] = ofLabels },
            ["verdict"] = "Good.",
        }.ToJsonString();
    }

    /// <summary>The most memory that is held for rows with metrics when all of them have been read; null where none were.</summary>
    private sealed class ReaderMemory : DbCommandInterceptor
    {
        private long _before;
        private bool _hasBegun;

        public long? Most { get; set; }

        /// <summary>Has all be counted from now on, and not from the beginning of each reading.</summary>
        public void Begin() => (_hasBegun, Most, _before) = (true, null, GC.GetTotalMemory(forceFullCollection: true));

        public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            if (IsWatched(command) && !_hasBegun)
                _before = GC.GetTotalMemory(forceFullCollection: true);
            return result;
        }

        public override InterceptionResult DataReaderClosing(DbCommand command, DataReaderClosingEventData eventData, InterceptionResult result)
        {
            if (IsWatched(command))
                Most = Math.Max(Most ?? long.MinValue, GC.GetTotalMemory(forceFullCollection: true) - _before);
            return result;
        }

        private static bool IsWatched(DbCommand command) => command.CommandText.StartsWith("SELECT", StringComparison.Ordinal)
            && command.CommandText.Contains("\"Metrics\"", StringComparison.Ordinal);
    }
}
