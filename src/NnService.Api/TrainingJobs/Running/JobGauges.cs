using System.Diagnostics.Metrics;
using NnService.Api.Data;
using NnService.Api.Metrics;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>What <c>/metrics</c> says of training jobs, read from their rows when it is asked.</summary>
internal sealed class JobGauges(ServiceMeter meter, Database database, TimeProvider clock) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        meter.Gauge("nnservice.training.jobs", "{job}", "Training jobs by state.", JobsByState);
        meter.Gauge("nnservice.training.queue.age", "s", "How long the oldest queued job has been waiting; 0 where none waits.", QueueAge);
        meter.Gauge("nnservice.training.rate", "{row}/s", "Training rows a second over all running jobs.", Rate);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<Measurement<double>> JobsByState()
    {
        using var db = database.Read();
        var counts = db.TrainingJobs.GroupBy(job => job.State).Select(jobs => new { State = jobs.Key, Count = jobs.Count() })
            .ToDictionary(jobs => jobs.State, jobs => jobs.Count);
        return
        [
            .. Enum.GetValues<JobState>().Select(state => new Measurement<double>(
                counts.GetValueOrDefault(state), new KeyValuePair<string, object?>("state", EnumNames<JobState>.Of(state)))),
        ];
    }

    private double QueueAge()
    {
        using var db = database.Read();
        var oldest = db.TrainingJobs.Where(job => job.State == JobState.Queued).Min(job => job.Transitions.Max(transition => (DateTime?)transition.At));
        return oldest is { } since ? Math.Max(0, (clock.GetUtcNow().UtcDateTime - since).TotalSeconds) : 0;
    }

    private double Rate()
    {
        using var db = database.Read();
        return db.TrainingJobs.Where(job => job.State == JobState.Running).Sum(job => job.SamplesPerSecond ?? 0);
    }
}
