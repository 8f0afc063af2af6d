using System.Diagnostics;
using System.Runtime.InteropServices;

namespace NnService.Engine.Kernels;

/// <summary>A piece of work that falls into chunks, done in any order by any thread. Unmanaged, since it is handed over by address; must not throw.</summary>
internal interface ITeamWork
{
    void Run(int chunk);
}

/// <summary>
/// The calling thread and some persistent workers that share its large kernels. How the work is shared never shows in a result:
/// a chunk is a set of whole elements of the result, and no element is computed by two threads.
/// </summary>
/// <remarks>
/// For one caller at a time; a second one finds the team busy and works alone. <c>Parallel.For</c> costs 1 to 12 µs and 1,560 bytes a call; this costs under
/// one and nothing while the workers are awake. They stay awake for <see cref="AwakeMicroseconds"/> after the last chunk, then sleep until called.
/// </remarks>
public sealed unsafe class Team : IDisposable
{
    // Longer than the gaps between the products of training steps, callbacks between them included: to be woken takes 50 µs. Shorter than anybody would notice
    // on the processor's bill.
    private const int AwakeMicroseconds = 200;

    private readonly Thread?[] _workers; // null: not started
    private readonly object _gate = new();
    private readonly Action? _fallsAsleep;
    // generation of the work << 32 | end << 16 | start of the chunks not yet claimed: one number, so that a chunk is claimed with its work
    private Line _ticket;
    private Line _done; // chunks finished
    private Line _asleep; // workers waiting at the gate
    private void* _work;
    private delegate*<void*, int, void> _run;
    private int _busy;
    private volatile bool _disposed;

    /// <summary>A team of this many threads, the caller's included.</summary>
    public Team(int threads)
        : this(threads, fallsAsleep: null)
    {
    }

    /// <param name="threads">Threads, the caller's included.</param>
    /// <param name="fallsAsleep">Called by a worker that is about to sleep and can be woken.</param>
    /// <param name="start">Starts a thread; null: as the system does.</param>
    internal Team(int threads, Action? fallsAsleep, Action<Thread>? start = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _fallsAsleep = fallsAsleep;
        _workers = new Thread?[threads - 1];
        start ??= static thread => thread.Start();
        try
        {
            for (var i = 0; i < _workers.Length; i++)
            {
                var fromTheEnd = i % 2 == 0;
                var worker = new Thread(() => Work(fromTheEnd)) { IsBackground = true, Name = $"Team worker {i + 1}" };
                start(worker);
                _workers[i] = worker;
            }
        }
        catch
        {
            Dispose(); // nobody else can: those that have started would sleep for ever
            throw;
        }
    }

    /// <summary>Threads, the caller's included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>Ends the workers. Nothing may be running.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var worker in _workers)
            worker?.Join();
    }

    /// <summary>Runs the chunks 0 … <paramref name="chunks"/> − 1, at most 65,535, and returns when all are finished. Allocates nothing.</summary>
    /// <remarks>
    /// The caller takes chunks from the start, its first worker from the end: where the same work comes again, each finds most of its numbers in its own cache.
    /// </remarks>
    internal void Run<TWork>(ref TWork work, int chunks)
        where TWork : unmanaged, ITeamWork
    {
        if (_workers.Length == 0 || chunks <= 1 || _disposed || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            for (var chunk = 0; chunk < chunks; chunk++)
                work.Run(chunk);
            return;
        }

        fixed (TWork* address = &work)
        {
            _work = address;
            _run = &RunChunk<TWork>;
            _done.Value = 0;
            var generation = (int)(_ticket.Value >> 32) + 1;
            // A full fence: the fields above are seen before the ticket, and the ticket before the sleepers are counted.
            Interlocked.Exchange(ref _ticket.Value, ((long)generation << 32) | ((long)chunks << 16));
            if (Volatile.Read(ref _asleep.Value) > 0)
            {
                lock (_gate)
                    Monitor.PulseAll(_gate);
            }

            ClaimAndRun(generation, fromTheEnd: false);
            // Only chunks in flight are waited for; a worker that has claimed none may come late or never.
            var spin = default(SpinWait);
            while (Volatile.Read(ref _done.Value) < chunks)
                spin.SpinOnce(sleep1Threshold: -1);
        }

        Volatile.Write(ref _busy, 0);
    }

    private static void RunChunk<TWork>(void* work, int chunk)
        where TWork : unmanaged, ITeamWork => ((TWork*)work)->Run(chunk);

    /// <summary>Takes chunks of this generation until none is left.</summary>
    private void ClaimAndRun(int generation, bool fromTheEnd)
    {
        while (true)
        {
            var ticket = Volatile.Read(ref _ticket.Value);
            var (start, end) = ((ushort)ticket, (ushort)(ticket >> 16));
            if ((int)(ticket >> 32) != generation || start == end)
                return;
            // Read before the claim: as long as a chunk of this work is unclaimed its caller waits, so a claim that succeeds proves that these belong to it.
            var (work, run) = ((nint)_work, (nint)_run);
            var (chunk, left) = fromTheEnd ? (end - 1, ticket - (1L << 16)) : (start, ticket + 1);
            if (Interlocked.CompareExchange(ref _ticket.Value, left, ticket) != ticket)
                continue;
            ((delegate*<void*, int, void>)run)((void*)work, chunk);
            Interlocked.Increment(ref _done.Value);
        }
    }

    private void Work(bool fromTheEnd)
    {
        var seen = 0;
        while (!_disposed)
        {
            var generation = (int)(Volatile.Read(ref _ticket.Value) >> 32);
            if (generation != seen || StayAwake(seen))
            {
                seen = (int)(Volatile.Read(ref _ticket.Value) >> 32);
                ClaimAndRun(seen, fromTheEnd);
            }
            else
            {
                Sleep(seen);
            }
        }
    }

    /// <summary>Spins for a while; true as soon as there is new work.</summary>
    private bool StayAwake(int seen)
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            for (var i = 0; i < 64; i++)
            {
                if ((int)(Volatile.Read(ref _ticket.Value) >> 32) != seen)
                    return true;
                Thread.SpinWait(1);
            }

            // On a busy machine the caller may be waiting for this very core.
            Thread.Yield();
        }
        while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < AwakeMicroseconds && !_disposed);
        return false;
    }

    private void Sleep(int seen)
    {
        lock (_gate)
        {
            // Counted before the last look at the ticket, as the caller writes the ticket before it looks at the count: one of the two sees the other.
            Interlocked.Increment(ref _asleep.Value);
            _fallsAsleep?.Invoke();
            while ((int)(Volatile.Read(ref _ticket.Value) >> 32) == seen && !_disposed)
                Monitor.Wait(_gate);
            Interlocked.Decrement(ref _asleep.Value);
        }
    }

    /// <summary>A number alone on its cache lines, so that threads writing neighbours do not take it from each other.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Line
    {
        [FieldOffset(128)]
        public long Value;
    }
}
