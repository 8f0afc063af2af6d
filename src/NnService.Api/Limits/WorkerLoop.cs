namespace NnService.Api.Limits;

/// <summary>Runs asynchronous work on the calling thread from its beginning to its end: what it awaits goes on here and not on the pool.</summary>
internal sealed class WorkerLoop : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Call, object? State)> _posted = new();
    private bool _isOver;
    private long _reservedBytes;

    /// <summary>That of the calling thread; null where it is no worker.</summary>
    public static WorkerLoop? OfThisThread => Current as WorkerLoop;

    /// <summary>Memory that the work has taken out of the budget so far.</summary>
    public long ReservedBytes => Interlocked.Read(ref _reservedBytes);

    /// <summary>Notes that it has taken more, or less.</summary>
    public void Reserve(long bytes) => Interlocked.Add(ref _reservedBytes, bytes);

    /// <summary>Runs work that reports its own failures.</summary>
    public static void Run(Func<Task> work)
    {
        var before = Current;
        var loop = new WorkerLoop();
        SetSynchronizationContext(loop);
        try
        {
            var task = work();
            task.ContinueWith(_ => loop.End(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            while (loop.Next() is var (call, state))
                call(state);
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    /// <inheritdoc />
    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_posted)
        {
            if (!_isOver)
            {
                _posted.Enqueue((d, state));
                Monitor.Pulse(_posted);
                return;
            }
        }

        ThreadPool.QueueUserWorkItem(_ => d(state)); // something that nobody has waited for
    }

    /// <inheritdoc />
    public override SynchronizationContext CreateCopy() => this;

    private (SendOrPostCallback Call, object? State)? Next()
    {
        lock (_posted)
        {
            while (_posted.Count == 0 && !_isOver)
                Monitor.Wait(_posted);
            return _posted.TryDequeue(out var next) ? next : null;
        }
    }

    private void End()
    {
        lock (_posted)
        {
            _isOver = true;
            Monitor.Pulse(_posted);
        }
    }
}
