using NnService.Api.TrainingJobs.Running;

namespace NnService.Api.Tests;

/// <summary>How often a run leaves a checkpoint, and with it tells of its points.</summary>
public sealed class CheckpointRhythmTests
{
    private const double Look = 0.001; // seconds between two looks at the clock
    private const double Writing = 0.002; // a checkpoint of a small network

    [Fact]
    public void However_many_look_at_a_job_its_checkpoints_are_five_a_second_at_the_most()
    {
        var (rhythm, checkpoints) = (new CheckpointRhythm(leastSeconds: 10, startedAt: 0), 0);
        for (var now = Look; now < 10; now += Look)
        {
            if (!rhythm.IsDue(now, isLookedAt: true))
                continue;
            rhythm.Captured(now, now);
            rhythm.Written(now, now + Writing);
            checkpoints++;
        }

        Assert.InRange(checkpoints, 45, 50);
    }
}
