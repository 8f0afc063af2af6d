using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NnService.Api.Data.Nodes;
using NnService.Api.Startup;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Running;

namespace NnService.Api.Tests;

/// <summary>Who is woken for queued jobs.</summary>
public sealed class TrainingQueueTests
{
    [Fact]
    public async Task Somebody_is_woken_for_jobs_for_which_nobody_could_be()
    {
        using var service = new TestService();
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        var queue = new Failing(service.Services);
        await queue.StartAsync(CancellationToken.None);

        var id = (string?)(await wire.Post("training-jobs", EndlessJob.OnHeights("heights", "endless"))).Json["id"];

        Assert.Equal(id, (await queue.Woken.WaitAsync(Wire.Patience)).Single().Id.ToString());
        await queue.StopAsync(CancellationToken.None);
        await wire.CancelAll();
    }

    /// <summary>A queue that can wake nobody the first time, as where its scheduler cannot be started for a moment.</summary>
    private sealed class Failing(IServiceProvider services) : TrainingQueue(
        services.GetRequiredService<NewsFeed>(), services.GetRequiredService<PlainQueries>(), services.GetRequiredService<CheckpointStore>(),
        services.GetRequiredService<Quarantine>(), NullLogger.Instance)
    {
        private readonly TaskCompletionSource<IReadOnlyCollection<TrainingJob>> _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _hasFailed;

        public Task<IReadOnlyCollection<TrainingJob>> Woken => _woken.Task;

        public override Task StartAsync(CancellationToken cancellationToken)
        {
            Listen();
            return Task.CompletedTask;
        }

        public override Task StopAsync(CancellationToken cancellationToken)
        {
            Ignore();
            return Task.CompletedTask;
        }

        protected override Task WakeAsync(IReadOnlyCollection<TrainingJob> jobs)
        {
            if (_hasFailed)
            {
                _woken.TrySetResult(jobs);
                return Task.CompletedTask;
            }

            _hasFailed = true;
            throw new InsufficientMemoryException("There is nothing left.");
        }
    }
}
