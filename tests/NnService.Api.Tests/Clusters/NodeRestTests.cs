using Microsoft.Extensions.Logging.Abstractions;
using NnService.Api.TrainingJobs.Running.Clusters;

namespace NnService.Api.Tests.Clusters;

/// <summary>A node that cannot reach its files rests until it can.</summary>
public sealed class NodeRestTests : IDisposable
{
    private readonly CancellationTokenSource _deadline = new(Wire.Patience);

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public async Task A_node_that_falls_ill_while_it_begins_again_rests_once_more_and_not_under_way()
    {
        var clock = new WatchedClock();
        var (done, isWell) = (new List<string>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        string? why = null;
        NodeRest rest = null!;
        rest = new NodeRest(StandBy, Begin, () => why, clock, NullLogger.Instance, CancellationToken.None);

        await rest.BeginAsync("its folder is away");
        await Pass();
        await Pass();
        await isWell.Task.WaitAsync(_deadline.Token);

        Assert.Equal(["stands by", "begins", "stands by", "begins"], done);

        Task StandBy()
        {
            done.Add("stands by");
            return Task.CompletedTask;
        }

        async Task Begin()
        {
            if (done.Count == 1)
            {
                why = "its folder is away again";
                await rest.BeginAsync(why); // of a job that was fired in the first moment
                done.Add("begins");
            }
            else
            {
                done.Add("begins");
                isWell.SetResult();
            }
        }

        async Task Pass()
        {
            await clock.TimerOf(NodeRest.Shortest, _deadline.Token);
            why = null;
            clock.Advance(NodeRest.Shortest);
        }
    }

    [Fact]
    public async Task A_node_rests_as_long_as_it_is_ill()
    {
        var clock = new WatchedClock();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string? why = "its folder is away";
        var rest = new NodeRest(() => Task.CompletedTask, Begin, () => why, clock, NullLogger.Instance, CancellationToken.None);

        await rest.BeginAsync(why);
        await clock.TimerOf(NodeRest.Shortest, _deadline.Token);
        clock.Advance(NodeRest.Shortest);
        await clock.TimerOf(NodeRest.Shortest, _deadline.Token);
        Assert.False(begun.Task.IsCompleted);
        why = null;
        clock.Advance(NodeRest.Shortest);

        await begun.Task.WaitAsync(_deadline.Token);

        Task Begin()
        {
            begun.SetResult();
            return Task.CompletedTask;
        }
    }
}
