using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Datasets;
using NnService.Api.Keeping;
using NnService.Api.Models;
using NnService.Api.Storage;

namespace NnService.Api.Tests.Keeping;

/// <summary>A node forgets what it has noted of things that are deleted, replaced or ended through another one. What that one does is done to the rows alone.</summary>
public sealed class GoneElsewhereTests : IDisposable
{
    private readonly TestService _service = new();
    private readonly WatchedClock _clock = new();
    private readonly CancellationTokenSource _deadline = new(Wire.Patience);

    private Database Rows => _service.Services.GetRequiredService<Database>();

    public void Dispose()
    {
        _service.Dispose();
        _deadline.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_dataset_that_is_deleted_or_replaced(bool isReplaced)
    {
        var wire = _service.Wire;
        await wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n");
        await File.WriteAllTextAsync(
            Directory.GetFiles(Path.Combine(_service.Folder, "blobs")).Single(file => Path.GetExtension(file).Length == 0), "a,b\n1,2\n3,5\n");
        Assert.Equal(HttpStatusCode.InternalServerError, (await wire.Get("datasets/d/content")).Status);
        using var node = Begin();
        node.Look();
        Assert.StartsWith("Dataset \"d\" is damaged", Assert.Single(await Reasons()), StringComparison.Ordinal);

        Rows.Write(db => isReplaced
            ? db.Datasets.ExecuteUpdate(dataset => dataset.SetProperty(row => row.BlobKey, Guid.NewGuid().ToString("N"))) : db.Datasets.ExecuteDelete());
        node.Look();

        Assert.Empty(await Reasons());
    }

    [Fact]
    public async Task A_damaged_version_of_a_model_that_is_deleted_and_trained_anew()
    {
        const string Model = """{"name":"m","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""";
        var wire = _service.Wire;
        await wire.Post("models", Model);
        Rows.Write(db =>
        {
            db.News.Models = true;
            return db.ModelVersions.ExecuteUpdate(version => version.SetProperty(row => row.Description, row => row.Description + " "));
        });
        Assert.Equal(HttpStatusCode.InternalServerError, (await wire.Post("models/m/predict", """{"rows":[[1,2]]}""")).Status);
        using var node = Begin();
        node.Look();
        Assert.StartsWith("Version 1 of model \"m\" is damaged", Assert.Single(await Reasons()), StringComparison.Ordinal);

        Rows.Write(db => db.Models.ExecuteDelete());
        await wire.Post("models", Model); // version 1 again
        node.Look();

        Assert.Empty(await Reasons());
    }

    [Fact]
    public async Task Lost_checkpoints_of_jobs_that_are_ended_or_deleted()
    {
        var (wire, checkpoints) = (_service.Wire, _service.Services.GetRequiredService<CheckpointStore>());
        await wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n5,6\n");
        var blocker = await Post("blocker");
        var jobs = new[] { await Post("ended"), await Post("deleted"), await Post("paused") };
        foreach (var job in jobs)
            await wire.Post($"training-jobs/{job}/pause", "");
        await wire.Post($"training-jobs/{blocker}/cancel", "");
        foreach (var job in jobs)
            checkpoints.NoteWhetherLost(job);
        using var node = Begin();
        node.Look();
        Assert.Equal(3, (await Reasons()).Count);

        Rows.Write(db => db.TrainingJobs.Where(job => job.Id == jobs[0]).ExecuteUpdate(job => job.SetProperty(row => row.EndedAt, DateTime.UtcNow))
            + db.TrainingJobs.Where(job => job.Id == jobs[1]).ExecuteDelete());
        node.Look();

        Assert.StartsWith($"The checkpoints of training job {jobs[2]} are missing", Assert.Single(await Reasons()), StringComparison.Ordinal);

        async Task<Guid> Post(string model) => Guid.Parse((string)(await wire.Post("training-jobs", EndlessJob.Of(
            $$"""{"dataset":"d","target":"b","task":"regression","model":"{{model}}","split":{"train":1,"validation":0,"test":0} }"""))).Json["id"]!);
    }

    [Fact]
    public async Task A_node_looks_every_minute_unless_it_is_alone()
    {
        var (checkpoints, job) = (_service.Services.GetRequiredService<CheckpointStore>(), Guid.NewGuid());
        using (var alone = Begin(isAlone: true))
        {
            await alone.StartAsync(_deadline.Token);
            await alone.ExecuteTask!.WaitAsync(_deadline.Token);
        }

        using var node = Begin();
        await node.StartAsync(_deadline.Token);
        await _clock.TimerOf(GoneElsewhere.Pause, _deadline.Token);
        for (var minute = 0; minute < 2; minute++)
        {
            checkpoints.NoteWhetherLost(job); // of a job that is in no row
            _clock.Advance(GoneElsewhere.Pause);
            Assert.True(SpinWait.SpinUntil(() => checkpoints.Noted().Count == 0, Wire.Patience));
        }

        await node.StopAsync(_deadline.Token);
    }

    private async Task<IReadOnlyList<string>> Reasons() =>
        [.. (await _service.Wire.Get("/health/ready")).Json["reasons"]!.AsArray().Select(reason => (string)reason!)];

    // One of several, which has what the service keeps.
    private GoneElsewhere Begin(bool isAlone = false)
    {
        var services = _service.Services;
        return new GoneElsewhere(
            Node.Of(new ConfigurationBuilder().Build(), isAlone, _clock), Rows, services.GetRequiredService<DatasetTables>(),
            services.GetRequiredService<ModelStore>(), services.GetRequiredService<CheckpointStore>(), _clock, NullLogger<GoneElsewhere>.Instance);
    }
}
