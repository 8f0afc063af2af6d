using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.Tests;

/// <summary>Whoever waits for a job is told, however many come and go; and where a notice is lost all the same, nobody waits to the end for it.</summary>
public sealed class JobFeedTests
{
    [Fact]
    public async Task Whoever_has_subscribed_is_told_while_others_come_and_go()
    {
        const int Threads = 8, Rounds = 20_000;
        var (feeds, job) = (new JobFeeds(), Guid.NewGuid());
        using var together = new Barrier(Threads);

        // Each subscribes and leaves again and again, so that many are the last to leave just when another comes.
        var missed = await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                var missed = 0;
                for (var round = 0; round < Rounds; round++)
                {
                    using var listener = feeds.Listen(job);
                    feeds.Changed(job);
                    missed += listener.News.TryRead(out var news) && news == JobNews.LookAgain ? 0 : 1;
                }

                return missed;
            },
            TaskCreationOptions.LongRunning)));

        Assert.All(missed, count => Assert.Equal(0, count));
    }

    [Fact]
    public void A_listener_that_falls_behind_is_dropped_and_the_others_hear_on()
    {
        var (feeds, job) = (new JobFeeds(), Guid.NewGuid());
        using var slow = feeds.Listen(job);
        using var quick = feeds.Listen(job);

        for (var change = 0; change < 100; change++)
        {
            feeds.Changed(job);
            Assert.True(quick.News.TryRead(out _));
        }

        var heard = 0;
        while (slow.News.TryRead(out _))
            heard++;
        Assert.Equal(64, heard);
        Assert.True(slow.News.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_lost_notice_keeps_nobody_waiting()
    {
        var clock = new WatchedClock();
        using var service = new TestService();
        using var clocked = service.WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(clock)));
        var wire = new Wire(clocked.CreateClient());
        var id = await Paused(wire);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var events = new StreamReader(await wire.Http.GetStreamAsync($"/api/v1/training-jobs/{id}/events", deadline.Token));
        await LineWith(events, "\"paused\"", deadline.Token);
        await clock.TimerOf(JobEvents.Silence, deadline.Token);
        var waiting = clocked.Services.GetRequiredService<JobWaiter>().WaitAsync(Guid.Parse(id), JobWaiter.MaxSeconds, deadline.Token);
        await clock.TimerOf(JobWaiter.Patience, deadline.Token);
        Assert.False(waiting.IsCompleted);

        // The row changes, and nobody tells of it.
        clocked.Services.GetRequiredService<Database>().Write(db => db.TrainingJobs.Where(job => job.Id == Guid.Parse(id)).ExecuteUpdate(job => job
            .SetProperty(row => row.State, JobState.Cancelled).SetProperty(row => row.EndedAt, clock.GetUtcNow().UtcDateTime)));
        clock.Advance(JobEvents.Silence);

        await LineWith(events, "event: done", deadline.Token);
        Assert.Equal(JobState.Cancelled, (await waiting)!.State);
        Assert.False(deadline.IsCancellationRequested);
    }

    [Fact]
    public async Task A_stream_without_news_says_every_fifteen_seconds_that_it_is_there()
    {
        var (clock, silence) = (new WatchedClock(), TimeSpan.FromSeconds(15));
        using var service = new TestService();
        using var clocked = service.WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(clock)));
        var wire = new Wire(clocked.CreateClient());
        var id = await Paused(wire);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var events = new StreamReader(await wire.Http.GetStreamAsync($"/api/v1/training-jobs/{id}/events", deadline.Token));
        await LineWith(events, "\"paused\"", deadline.Token);
        Assert.Equal("", await events.ReadLineAsync(deadline.Token));

        for (var times = 0; times < 3; times++)
        {
            await clock.TimerOf(silence, deadline.Token);
            clock.Advance(silence);

            Assert.StartsWith(":", await events.ReadLineAsync(deadline.Token), StringComparison.Ordinal);
            Assert.Equal("", await events.ReadLineAsync(deadline.Token));
        }
    }

    private static async Task<string> Paused(Wire wire)
    {
        await wire.Upload("feed-heights", "toy_heights.csv");
        var blocker = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("feed-heights", "feed-blocker"))).Json["id"]!;
        await wire.Until(blocker, "running");
        var id = (string)(await wire.Post("training-jobs", """{"dataset":"feed-heights","target":"gender","epochs":1,"model":"feed"}""")).Json["id"]!;
        Assert.Equal("paused", (string?)(await wire.Post($"training-jobs/{id}/pause", "")).Json["state"]);
        await wire.Post($"training-jobs/{blocker}/cancel", "");
        return id;
    }

    private static async Task LineWith(StreamReader events, string text, CancellationToken cancellation)
    {
        while (await events.ReadLineAsync(cancellation) is { } line)
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        Assert.Fail($"The stream ended before it said {text}.");
    }
}
