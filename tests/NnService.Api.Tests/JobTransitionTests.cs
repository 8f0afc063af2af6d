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
        job.Pause(now);
        Assert.True(isStopped ? job.Stop(now) : job.Resume(now));

        job.Interrupted(now, generation: 1);

        Assert.Equal((JobState.Queued, reason), (job.State, job.Transitions[^1].Reason));
    }
}
