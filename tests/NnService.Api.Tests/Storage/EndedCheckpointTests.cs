using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NnService.Api.Errors;
using NnService.Api.Metrics;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine.Training;
using Found = NnService.Api.Errors.Damage;

namespace NnService.Api.Tests.Storage;

/// <summary>Checkpoints of jobs that have ended, on a server that cannot be reached.</summary>
public sealed class EndedCheckpointTests
{
    [Fact]
    public async Task All_runs_of_jobs_that_are_cancelled_are_told_before_a_checkpoint_is_removed()
    {
        var server = new AwayServer();
        using var plain = new TestService();
        await using var service = plain.WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.AddSingleton<CheckpointStore>(server)));
        var now = DateTime.UtcNow;
        var jobs = new[] { JobTransitionTests.Claimed(now), JobTransitionTests.Claimed(now) };
        var runs = jobs.Select(job => service.Services.GetRequiredService<RunningJobs>().Start(job.Id)).ToList();
        List<TrainingRequest> told = [];
        server.Asked += () => told.AddRange(runs.Select(run => run.Control.Request));

        Assert.All(jobs, job => Assert.True(job.Cancel(now)));
        service.Services.GetRequiredService<JobControl>().Follow(jobs);

        Assert.Equal([TrainingRequest.Cancel, TrainingRequest.Cancel], told);
    }

    [Fact]
    public void A_server_that_cannot_be_reached_is_asked_once()
    {
        var (server, asked) = (new AwayServer(), 0);
        server.Asked += () => asked++;

        server.Delete(Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

        Assert.Equal(1, asked);
    }

    /// <summary>Has no checkpoints, and cannot be asked to remove some.</summary>
    private sealed class AwayServer() : CheckpointStore(new Found(NullLogger<Found>.Instance), new ServiceMeter(new UnheardMeters()))
    {
        public event Action? Asked;

        public override bool IsShared => true;

        public override IReadOnlyList<StoredCheckpoint> All() => [];

        public override FileStream? Open(StoredCheckpoint checkpoint) => null;

        public override void Remove(StoredCheckpoint checkpoint)
        {
        }

        public override IReadOnlyList<string> Unfinished() => [];

        protected override void Put(Guid job, Action<Stream> content)
        {
        }

        protected override IReadOnlyList<long> GenerationsOf(Guid job) => [];

        protected override FileStream Open(Guid job, long generation) => throw new FileNotFoundException();

        protected override void RemoveAll(Guid job)
        {
            Asked?.Invoke();
            throw new StorageUnavailableException("The server cannot be reached.");
        }
    }
}
