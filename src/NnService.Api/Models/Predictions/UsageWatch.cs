using System.Diagnostics;
using NnService.Api.Limits;

namespace NnService.Api.Models.Predictions;

/// <summary>Takes the times of one request for predictions, from the moment its model is found.</summary>
internal sealed class UsageWatch
{
    private readonly ModelUsage _usage;
    private readonly long _start;
    private long _mark;
    private TimeSpan _reading;
    private TimeSpan _encoding;
    private TimeSpan _computing;
    private BatchUsage _batch; // of most requests the only one
    private List<BatchUsage>? _before;

    /// <param name="usage">Is told in the end.</param>
    public UsageWatch(ModelUsage usage)
    {
        _usage = usage;
        _start = _mark = Stopwatch.GetTimestamp();
    }

    /// <summary>The rows are read, or their reading has been begun; a worker may now be waited for.</summary>
    public void RowsRead() => _reading = Lap();

    /// <summary>The answer is begun.</summary>
    public void AnswerBegun() => _mark = Stopwatch.GetTimestamp();

    /// <summary>A batch is encoded.</summary>
    public void Encoded() => _encoding = Lap();

    /// <summary>Its answers are computed.</summary>
    public void Computed() => _computing = Lap();

    /// <summary>They are written.</summary>
    public void Written(int rows)
    {
        if (_batch.Count > 0)
            (_before ??= []).Add(_batch);
        _batch = new BatchUsage(rows, 1, _encoding, _computing, Lap());
    }

    /// <summary>All of the request is answered.</summary>
    public void Succeeded(HttpContext context)
    {
        var waiting = LongRequests.IsWorker ? context.Features.Get<WorkerWait>()?.Time ?? default : default;
        if (_before is null)
            _usage.Succeeded(waiting, _reading, _batch.Count == 0 ? [] : [_batch]);
        else
            _usage.Succeeded(waiting, _reading, [.. _before, _batch]);
    }

    /// <summary>The request was refused, or failed.</summary>
    public void Failed() => _usage.Failed(Stopwatch.GetElapsedTime(_start));

    private TimeSpan Lap()
    {
        var (before, now) = (_mark, Stopwatch.GetTimestamp());
        _mark = now;
        return Stopwatch.GetElapsedTime(before, now);
    }
}
