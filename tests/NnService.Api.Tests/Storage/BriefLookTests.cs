using Microsoft.Extensions.Time.Testing;
using NnService.Api.Storage;

namespace NnService.Api.Tests.Storage;

/// <summary>What may be silent for minutes is asked once, and nobody waits for it longer than a moment.</summary>
public sealed class BriefLookTests
{
    [Fact]
    public void What_answers_is_asked_anew_each_time()
    {
        var answers = new Queue<string?>(["away", null, "away again"]);
        var look = Look(answers.Dequeue, TimeSpan.FromMinutes(1));

        Assert.Equal("away", look.Ask());
        Assert.Null(look.Ask());
        Assert.Equal("away again", look.Ask());
    }

    [Fact]
    public void What_is_silent_is_said_to_be_until_it_speaks()
    {
        using var speaks = new ManualResetEventSlim();
        var look = Look(
            () =>
            {
                speaks.Wait();
                return null;
            },
            TimeSpan.FromMilliseconds(1));

        Assert.Equal("silent", look.Ask());
        speaks.Set();
        Assert.True(SpinWait.SpinUntil(() => look.Ask() is null, TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void A_question_that_is_open_is_not_asked_again_and_nobody_waits_for_it_from_the_start()
    {
        using var speaks = new ManualResetEventSlim();
        var clock = new FakeTimeProvider();
        var asked = 0;
        var look = new BriefLook(
            () =>
            {
                asked++;
                speaks.Wait();
                return null;
            },
            "silent", TimeSpan.FromSeconds(1), clock);

        Assert.Equal("silent", look.Ask()); // by the real clock
        clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 1000; i++) // each of which would take a second
            Assert.Equal("silent", look.Ask());
        Assert.Equal(1, asked);
        speaks.Set();
    }

    private static BriefLook Look(Func<string?> look, TimeSpan patience) => new(look, "silent", patience, TimeProvider.System);
}
