using System.Runtime.CompilerServices;
using NnService.Api.Errors;

namespace NnService.Api.Limits;

/// <summary>
/// A few threads for the work of requests that may take long, and a queue before them with an end. The pool's threads stay free for what is answered at once:
/// health probes, predictions of single rows.
/// </summary>
/// <param name="workers">Threads: works at a time.</param>
/// <param name="queued">Works that may wait.</param>
/// <param name="patience">A thread that has had no work for so long ends.</param>
/// <param name="stopping">Ends the waiting.</param>
/// <param name="start">Starts a thread; null: as the system does.</param>
internal sealed class LongRequests(int workers, int queued, TimeSpan patience, CancellationToken stopping, Action<Thread>? start = null)
{
    private readonly object _lock = new();
    private readonly LinkedList<Work> _waiting = new();
    private readonly Action<Thread> _start = start ?? (static thread => thread.UnsafeStart());
    private int _idle;
    private int _threads;
    private int _running;
    private int _patient; // among those that wait

    /// <summary>Whether the calling thread is one of them.</summary>
    public static bool IsWorker => WorkerLoop.OfThisThread is not null;

    /// <summary>Refuses where the queue is full: before a body is read in vain.</summary>
    /// <exception cref="ProblemException">429.</exception>
    public void RefuseIfFull()
    {
        lock (_lock)
            if (IsFull)
                throw Full();
    }

    /// <summary>Has work done by one of the threads, in the order of asking; on such a thread, at once.</summary>
    /// <param name="work">What it awaits goes on on that thread, which does nothing else until it has ended:
    /// it must wait for nobody outside the process.</param>
    /// <param name="cancellation">Ends the waiting; work that has begun is not ended.</param>
    /// <param name="isPatient">Whether it waits also where the queue is full: for what has been taken in already.</param>
    /// <exception cref="ProblemException">429: the queue is full.</exception>
    public async Task<TResult> RunAsync<TResult>(Func<Task<TResult>> work, CancellationToken cancellation, bool isPatient = false)
    {
        if (IsWorker)
            return await work();
        var done = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new Work(() => Complete(done, work), isPatient, ExecutionContext.Capture());
        Enter(asked);
        await using var gone = cancellation.Register(Leave);
        await using var stopped = stopping.Register(Leave);
        return await done.Task;

        void Leave()
        {
            if (TryLeave(asked))
                done.TrySetCanceled(CancellationToken.None);
        }
    }

    /// <summary>The same for work that awaits nothing.</summary>
    public Task<TResult> RunAsync<TResult>(Func<TResult> work, CancellationToken cancellation, bool isPatient = false) =>
        RunAsync(() => Task.FromResult(work()), cancellation, isPatient);

    /// <summary>The same for work that gives nothing back.</summary>
    public Task RunAsync(Action work, CancellationToken cancellation) => RunAsync(
        () =>
        {
            work();
            return true;
        },
        cancellation);

    private bool IsFull => _running + _waiting.Count - _patient >= workers + (long)queued;

    private void Enter(Work work)
    {
        lock (_lock)
        {
            if (IsFull && !work.IsPatient)
                throw Full();
            work.Place = _waiting.AddLast(work);
            _patient += work.IsPatient ? 1 : 0;
            if (_idle >= _waiting.Count)
            {
                Monitor.Pulse(_lock);
            }
            else if (_threads < workers)
            {
                StartThreadFor(work);
            }
        }
    }

    // Where the system gives no thread now: those that there are come to the work too, and without any it would be done for a request answered long ago.
    private void StartThreadFor(Work work)
    {
        _threads++;
        try
        {
            _start(new Thread(WorkOn) { IsBackground = true, Name = "long requests" });
        }
        catch
        {
            _threads--;
            if (_threads > 0)
                return;
            Remove(work);
            throw;
        }
    }

    private bool TryLeave(Work work)
    {
        lock (_lock)
            return Remove(work);
    }

    private bool Remove(Work work)
    {
        if (work.Place is null)
            return false;
        _waiting.Remove(work.Place);
        work.Place = null;
        _patient -= work.IsPatient ? 1 : 0;
        return true;
    }

    private void WorkOn()
    {
        while (DoNext())
        {
        }
    }

    // On its own: in the frame of a loop that waits, work that is done would lie until the next.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool DoNext()
    {
        if (Next() is not { } work)
            return false;
        if (work.Context is null)
            WorkerLoop.Run(work.Do);
        else
            ExecutionContext.Run(work.Context, static state => WorkerLoop.Run(((Work)state!).Do), work);
        lock (_lock)
            _running--;
        return true;
    }

    // Null where none has come for long; the thread is no longer counted then.
    private Work? Next()
    {
        lock (_lock)
        {
            while (_waiting.First is null)
            {
                _idle++;
                var isCalled = Monitor.Wait(_lock, patience);
                _idle--;
                if (isCalled || _waiting.First is not null)
                    continue;
                _threads--;
                return null;
            }

            var work = _waiting.First.Value;
            Remove(work);
            _running++;
            return work;
        }
    }

    private static async Task Complete<TResult>(TaskCompletionSource<TResult> done, Func<Task<TResult>> work)
    {
        try
        {
            done.TrySetResult(await work());
        }
        catch (Exception failure)
        {
            done.TrySetException(failure);
        }
    }

    private static ProblemException Full() => Refusal.Exception(
        429, "As many requests as may wait are waiting for a worker (Limits:LongRequests, Limits:QueuedRequests). Try again in a moment.");

    private sealed class Work(Func<Task> work, bool isPatient, ExecutionContext? context)
    {
        public Func<Task> Do { get; } = work;

        public bool IsPatient { get; } = isPatient;

        public ExecutionContext? Context { get; } = context;

        /// <summary>Null once it is taken or has left.</summary>
        public LinkedListNode<Work>? Place { get; set; }
    }
}
