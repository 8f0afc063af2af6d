using NnService.Api.TrainingJobs;

namespace NnService.Api.Tests;

/// <summary>What the row of a job says of why it is where it is.</summary>
public sealed class JobTransitionTests
{
    [Theory]
    [InlineData(true, "asked to stop before it was held")]
    [InlineData(false, "resumed before it was held")]
    public void A_pause_that_something_else_was_asked_for_after_says_what(bool isStopped, string reason)
    {
        var now = DateTime.UtcNow;
        var job = Claimed(now);
        job.Pause(now);
        Assert.True(isStopped ? job.Stop(now) : job.Resume(now));

        job.Interrupted(now, generation: 1);

        Assert.Equal((JobState.Queued, reason), (job.State, job.Transitions[^1].Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_job_that_was_to_stop_when_it_is_held_stops_later_unless_it_starts_over(bool canStop)
    {
        var (now, left) = (DateTime.UtcNow, canStop ? JobRequest.Stop : (JobRequest?)null);
        var job = Claimed(now);
        job.Stop(now);

        job.HoldBack(now, "a file could not be read", canStop);

        Assert.Equal((JobState.Paused, left), (job.State, job.Requested));
        Assert.Equal(!canStop, job.Pause(now));
        Assert.True(job.Resume(now));
        Assert.Equal((JobState.Queued, left), (job.State, job.Requested));
    }

    [Fact]
    public void A_job_that_was_to_pause_when_it_is_held_goes_on_when_it_is_resumed()
    {
        var now = DateTime.UtcNow;
        var job = Claimed(now);
        job.Pause(now);

        job.HoldBack(now, "a file could not be read", canStop: true);

        Assert.Equal((JobState.Paused, null), (job.State, job.Requested));
    }

    /// <summary>A job under way.</summary>
    internal static TrainingJob Claimed(DateTime now)
    {
        var job = new TrainingJob
        {
            Id = Guid.CreateVersion7(),
            Priority = 0,
            DatasetName = "iris",
            NetworkName = null,
            InitialModelName = null,
            ModelName = "iris",
            Configuration = "{}",
            NetworkSpec = "{}",
            Warnings = "[]",
            CreatedAt = now,
            Epochs = 10,
        };
        job.Create();
        job.Claim(now);
        return job;
    }
}
