using System.Runtime.InteropServices;

namespace NnService.Api.Models.Predictions;

/// <summary>How often a version has answered since the process began, at whichever door, and how long that took.</summary>
/// <param name="clock">Says when.</param>
internal sealed class ModelUsage(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, BatchUsage> _batches = []; // by their rows
    private DateTimeOffset? _last;
    private TimedCount _successes;
    private TimedCount _failures;
    private TimeSpan _waiting;
    private TimeSpan _reading;

    /// <summary>What has been counted so far.</summary>
    public UsageFigures Figures
    {
        get
        {
            lock (_lock)
                return new UsageFigures(_last, _successes, _failures, _waiting, _reading, [.. _batches.Values.OrderBy(batch => batch.Rows)]);
        }
    }

    /// <summary>Counts a request that was answered.</summary>
    /// <param name="waiting">How long it waited for a worker.</param>
    /// <param name="reading">How long its rows were read before the first batch.</param>
    /// <param name="batches">What was computed for it.</param>
    public void Succeeded(TimeSpan waiting, TimeSpan reading, ReadOnlySpan<BatchUsage> batches)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
        {
            var all = waiting + reading;
            foreach (var batch in batches)
            {
                ref var same = ref CollectionsMarshal.GetValueRefOrAddDefault(_batches, batch.Rows, out _);
                same = batch.And(same);
                all += batch.All;
            }

            (_last, _waiting, _reading) = (now, _waiting + waiting, _reading + reading);
            _successes = _successes.And(all);
        }
    }

    /// <summary>Counts a request that was refused after its model was found, or that failed.</summary>
    /// <param name="all">How long it took.</param>
    public void Failed(TimeSpan all)
    {
        var now = clock.GetUtcNow();
        lock (_lock)
            (_last, _failures) = (now, _failures.And(all));
    }
}

/// <summary>What has been counted of a version.</summary>
/// <param name="Last">When it was asked last; null: never.</param>
/// <param name="Successes">Requests that were answered.</param>
/// <param name="Failures">Requests that were refused, or that failed.</param>
/// <param name="Waiting">How long those that were answered waited for a worker.</param>
/// <param name="Reading">How long their rows were read.</param>
/// <param name="Batches">What was computed for them, by the rows of a batch.</param>
internal sealed record UsageFigures(
    DateTimeOffset? Last, TimedCount Successes, TimedCount Failures, TimeSpan Waiting, TimeSpan Reading, IReadOnlyList<BatchUsage> Batches)
{
    /// <summary>Of a version that nobody has asked.</summary>
    public static UsageFigures None { get; } = new(null, default, default, default, default, []);

    /// <summary>Rows that were answered.</summary>
    public long Rows => Batches.Sum(batch => (long)batch.Rows * batch.Count);

    /// <summary>Batches that were computed.</summary>
    public long Executions => Batches.Sum(batch => batch.Count);
}

/// <summary>So many, and how long they took together.</summary>
internal readonly record struct TimedCount(long Count, TimeSpan Time)
{
    /// <summary>With one more.</summary>
    public TimedCount And(TimeSpan time) => new(Count + 1, Time + time);
}

/// <summary>Batches of the same number of rows.</summary>
/// <param name="Rows">Rows of a batch.</param>
/// <param name="Count">Batches.</param>
/// <param name="Encoding">How long their rows were read and encoded.</param>
/// <param name="Computing">How long the network took.</param>
/// <param name="Writing">How long the answers were written.</param>
internal readonly record struct BatchUsage(int Rows, long Count, TimeSpan Encoding, TimeSpan Computing, TimeSpan Writing)
{
    /// <summary>How long they took.</summary>
    public TimeSpan All => Encoding + Computing + Writing;

    /// <summary>With others of as many rows.</summary>
    public BatchUsage And(BatchUsage other) =>
        new(Rows, Count + other.Count, Encoding + other.Encoding, Computing + other.Computing, Writing + other.Writing);
}
