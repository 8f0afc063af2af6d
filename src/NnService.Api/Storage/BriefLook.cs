namespace NnService.Api.Storage;

/// <summary>
/// Asks what may be silent for minutes, as a mount is whose server has gone: whoever asks waits a moment at most, and no more than one question is open, for
/// the thread that asks it cannot be called back.
/// </summary>
/// <param name="look">Why something cannot be used; null where it can.</param>
/// <param name="silent">What is said where there is no answer yet.</param>
/// <param name="patience">How long a question may be open before that is said.</param>
/// <param name="clock">Measures it.</param>
internal sealed class BriefLook(Func<string?> look, string silent, TimeSpan patience, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private Task<string?> _open = Task.FromResult<string?>(null);
    private long _since;

    /// <summary>The answer to a question that is open or asked now.</summary>
    public string? Ask()
    {
        Task<string?> open;
        TimeSpan left;
        lock (_gate)
        {
            if (_open.IsCompleted)
            {
                _open = Task.Factory.StartNew(look, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                _since = clock.GetTimestamp();
            }

            open = _open;
            left = patience - clock.GetElapsedTime(_since);
        }

        return open.Wait(left > TimeSpan.Zero ? left : TimeSpan.Zero) ? open.Result : silent;
    }
}
