using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using NnService.Api.Data;
using NnService.Api.Studies;
using NnService.Api.Studies.Running;

namespace NnService.Api.Tests.Studies;

/// <summary>The time of a study is that for which it has been under way, whatever the wall clock says meanwhile.</summary>
public sealed class StudyTimeTests : IDisposable
{
    private readonly SteppedClock _clock = new(DateTimeOffset.UtcNow);
    private readonly TestService _plain = new();
    private readonly WebApplicationFactory<Program> _service;
    private readonly Wire _wire;

    public StudyTimeTests()
    {
        _service = _plain.WithWebHostBuilder(host => host.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(_clock)));
        _wire = new Wire(_service.CreateClient());
    }

    public void Dispose()
    {
        _service.Dispose();
        _plain.Dispose();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public async Task A_step_of_the_wall_clock_changes_no_time(int hours)
    {
        await _wire.Upload("iris", "iris.csv");
        var id = await _wire.Start("""
            {"job":{"dataset":"iris","target":"species","epochs":2,"recipe":"fast","earlyStopping":{"patience":0}},
             "search":{"/epochs":{"choice":[2,10000000]},"/batchSize":{"choice":[8]}},"trials":8,"seed":1,"keep":"none","maxSeconds":600}
            """);
        await _wire.UntilAt($"studies/{id}", study => (double)study["progress"]! > 0);

        _clock.Step(TimeSpan.FromHours(hours));
        Assert.Equal(0, SecondsUnderWay(), 6);

        _clock.Advance(TimeSpan.FromSeconds(200));
        Assert.Equal(200, SecondsUnderWay(), 6);
        var study = (await _wire.Get($"studies/{id}")).Json;
        var progress = (double)study["progress"]!;
        Assert.Equal(200 * (1 - progress) / progress, (double)study["etaSeconds"]!, 6);

        await _wire.Post($"studies/{id}/pause", "");
        _clock.Advance(TimeSpan.FromDays(1));
        _clock.Step(TimeSpan.FromHours(-hours));
        await _wire.Post($"studies/{id}/resume", "");
        Assert.Equal(200, SecondsUnderWay(), 6);

        _clock.Advance(TimeSpan.FromSeconds(400));
        Assert.Equal("timeLimit", (string?)(await _wire.Ended(id))["stopReason"]);
    }

    [Fact]
    public async Task Time_is_kept_every_minute_and_when_the_service_stops()
    {
        await _wire.Upload("heights", "toy_heights.csv");
        var id = await _wire.Start($$"""
            { "job": {{EndlessJob.OnHeights("heights", "heights")[..^1]}}, "split": {"train": 0.5, "validation": 0.5, "test": 0} },
              "search": { "/optimizer/learningRate": {"logUniform": [1e-3, 1e-1]} }, "trials": 1, "keep": "none", "maxSeconds": 1e6 }
            """);
        await _wire.UntilAt($"studies/{id}", study => (string?)study["trials"]![0]!["state"] == "running");

        await _wire.UntilAt($"studies/{id}", _ =>
        {
            _clock.Advance(TimeSpan.FromSeconds(20));
            return Row().SecondsBefore >= 60;
        });

        _clock.Advance(TimeSpan.FromSeconds(30));
        await _service.Services.GetServices<IHostedService>().OfType<StudyRunner>().Single().StopAsync(CancellationToken.None);
        Assert.Equal(SecondsUnderWay(), Row().SecondsBefore, 6);
    }

    // By the row: to take the study on here, too, would be to do so beside the service.
    private double SecondsUnderWay() => Row().Seconds(_service.Services.GetRequiredService<StudyClock>().Now);

    private Study Row()
    {
        using var db = _service.Services.GetRequiredService<Database>().Read();
        return db.Studies.Single();
    }

    [Theory]
    [InlineData(48)]
    [InlineData(-48)]
    public void After_a_restart_what_was_kept_counts_and_the_time_between_does_not(int hours)
    {
        var study = New();
        var before = new StudyClock(_clock);
        study.Begin(before.Now);
        _clock.Advance(TimeSpan.FromSeconds(100));
        study.KeepTime(before.Now);
        _clock.Advance(TimeSpan.FromSeconds(7)); // which nothing has kept

        var later = new FakeTimeProvider(_clock.GetUtcNow().AddHours(hours));
        var after = new StudyClock(later);
        Assert.True(study.Seconds(after.Now) >= 100);
        study.TakeBack(after.Now);
        later.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(130, study.Seconds(after.Now), 6);
    }

    // Who keeps the time has looked at the clock before, and then waited for the database: while it does, the study is paused for a day.
    [Fact]
    public void A_look_at_the_clock_from_before_a_pause_does_not_count_the_pause()
    {
        var (study, times) = (New(), new StudyClock(_clock));
        study.Begin(times.Now);
        _clock.Advance(TimeSpan.FromSeconds(200));
        var early = times.Now;
        study.Pause(times.Now);
        _clock.Advance(TimeSpan.FromDays(1));
        study.Resume(times.Now);

        study.KeepTime(early);

        Assert.Equal(200, study.Seconds(times.Now), 6);
    }

    private Study New() => new()
    {
        Id = Guid.NewGuid(),
        Name = "s",
        Kind = StudyKind.Search,
        Request = "{}",
        Base = "{}",
        ModelName = "m",
        TrialModelName = "s.trials",
        Trials = 1,
        Warnings = "[]",
        CreatedAt = _clock.GetUtcNow().UtcDateTime,
    };

    /// <summary>A clock whose wall clock can be set, which its monotonic clock does not follow.</summary>
    private sealed class SteppedClock(DateTimeOffset begin) : FakeTimeProvider(begin)
    {
        private readonly Lock _stepping = new(); // who looks meanwhile waits
        private long _stepped;

        public override long GetTimestamp()
        {
            lock (_stepping)
                return base.GetTimestamp() - _stepped;
        }

        public void Step(TimeSpan step)
        {
            lock (_stepping)
            {
                _stepped += step.Ticks;
                AdjustTime(GetUtcNow() + step);
            }
        }
    }
}
