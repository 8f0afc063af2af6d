using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace NnService.Api.Tests;

/// <summary>A clock that stands still until the test moves it, and tells which timers are set.</summary>
internal sealed class WatchedClock : FakeTimeProvider
{
    private readonly Channel<TimeSpan> _timers = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits for a timer that is due after so long; those set before it are forgotten.</summary>
    public async Task TimerOf(TimeSpan dueTime, CancellationToken cancellation)
    {
        while (await _timers.Reader.ReadAsync(cancellation) != dueTime)
        {
        }
    }
}
