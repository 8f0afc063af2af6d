using System.Diagnostics;
using NnService.Api.Errors;

namespace NnService.Api.Limits;

/// <summary>
/// Memory that work takes by estimate before it takes it in fact. Trainings hold theirs for hours, requests for seconds: so a request waits a moment for other
/// requests and not for trainings, and a training that may begin has requests wait until it has its memory. Trainings wait in turn: one that needs much would
/// wait for ever where smaller ones took what is given back.
/// </summary>
internal sealed class MemoryBudget(MemoryLimits limits)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(100);

    private readonly object _lock = new();
    private readonly LinkedList<Func<bool>> _turns = new(); // of trainings that wait, the first to have come first
    private long _requests;
    private long _trainings;

    /// <summary>Bytes in all.</summary>
    public long Total { get; } = limits.WorkBytes;

    /// <summary>Bytes that trainings may take, all together: some are always left for requests.</summary>
    public long ForTrainings => Total / 4 * 3;

    /// <summary>Takes bytes for a request. Blocks for a while where others have them: for threads of <see cref="LongRequests"/>, and
    /// the one that takes studies on.</summary>
    /// <param name="bytes">As estimated.</param>
    /// <param name="tooLarge">Status where there are never so many: 413, or 409 where it is no body that needs them.</param>
    /// <param name="advice">What to change then, as a sentence.</param>
    /// <exception cref="ProblemException">There are never so many, or not now (429).</exception>
    public Reservation Reserve(long bytes, int tooLarge, string advice)
    {
        var worker = WorkerLoop.OfThisThread;
        var all = bytes + (worker?.ReservedBytes ?? 0); // a request that takes more waits in vain for what it has itself
        if (all > Total)
            throw Refusal.Exception(
                tooLarge,
                $"This would need about {all:N0} bytes of memory; Limits:MemoryBytes leaves {Total:N0} for requests and trainings. {advice}, "
                    + $"or raise the limit.");
        var since = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            while (_requests + _trainings + bytes > Total)
            {
                var left = Patience - Stopwatch.GetElapsedTime(since);
                if (_trainings + bytes > Total || left <= TimeSpan.Zero || !Monitor.Wait(_lock, left))
                    throw Refusal.Exception(
                        429, $"This needs about {bytes:N0} bytes of memory, which other requests and trainings have taken. Try again in a moment.");
            }

            _requests += bytes;
            worker?.Reserve(bytes);
            return new Reservation(this, bytes, isTraining: false, worker);
        }
    }

    /// <summary>Takes bytes for a training; blocks until those that came before it have theirs, and these are free. Null where it was left before.</summary>
    /// <param name="bytes">As estimated; of more than trainings may take, those are taken.</param>
    /// <param name="isLeft">Asked several times a second.</param>
    public Reservation? ReserveForTraining(long bytes, Func<bool> isLeft)
    {
        bytes = Math.Min(bytes, ForTrainings);
        lock (_lock)
        {
            var turn = _turns.AddLast(isLeft);
            try
            {
                return TakeInTurn(turn, bytes) ? new Reservation(this, bytes, isTraining: true, null) : null;
            }
            finally
            {
                _turns.Remove(turn);
                Monitor.PulseAll(_lock);
            }
        }
    }

    private bool TakeInTurn(LinkedListNode<Func<bool>> turn, long bytes)
    {
        while (turn != _turns.First || _trainings + bytes > ForTrainings)
            if (!Wait(turn))
                return false;
        _trainings += bytes; // from here on no request takes any of them
        while (_requests + _trainings > Total)
            if (!Wait(turn))
            {
                _trainings -= bytes;
                return false;
            }

        return true;
    }

    private bool Wait(LinkedListNode<Func<bool>> turn)
    {
        if (turn.Value())
            return false;
        Monitor.Wait(_lock, s_glance);
        return true;
    }

    private void Give(long bytes, bool isTraining)
    {
        lock (_lock)
        {
            if (isTraining)
                _trainings -= bytes;
            else
                _requests -= bytes;
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Bytes taken; given back where it is disposed of.</summary>
    internal sealed class Reservation(MemoryBudget owner, long bytes, bool isTraining, WorkerLoop? worker) : IDisposable
    {
        private const long LargeBytes = 64 << 20;

        private int _isGiven;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGiven, 1) != 0)
                return;
            owner.Give(bytes, isTraining);
            worker?.Reserve(-bytes);
            // Left alone, the collector lets large arrays lie until its limit is near, and then stops everybody to move gigabytes. This sweeps beside them.
            if (bytes >= LargeBytes)
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false);
        }
    }
}
