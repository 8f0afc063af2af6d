using NnService.Api.Models.Predictions;

namespace NnService.Api.Inference.Triton;

/// <summary>Says of a version what Triton's statistics say.</summary>
internal static class TritonStatistics
{
    private const long NanosecondsPerTick = TimeSpan.NanosecondsPerTick;

    private static readonly DurationStatistic s_none = new(0, 0);

    /// <summary>The statistics.</summary>
    public static VersionStatistics Of(string model, int version, UsageFigures figures)
    {
        var (requests, batches) = (figures.Successes.Count, figures.Batches);
        return new VersionStatistics(
            model,
            version.ToString(),
            figures.Last?.ToUnixTimeMilliseconds() ?? 0,
            figures.Rows,
            figures.Executions,
            new InferenceStatistics(
                Of(requests, figures.Successes.Time),
                Of(figures.Failures.Count, figures.Failures.Time),
                Of(requests, figures.Waiting),
                Of(requests, Sum(batches, batch => batch.Encoding) + figures.Reading),
                Of(requests, Sum(batches, batch => batch.Computing)),
                Of(requests, Sum(batches, batch => batch.Writing)),
                s_none,
                s_none),
            [.. batches.Select(batch => new BatchStatistics(
                batch.Rows, Of(batch.Count, batch.Encoding), Of(batch.Count, batch.Computing), Of(batch.Count, batch.Writing)))]);
    }

    private static TimeSpan Sum(IReadOnlyList<BatchUsage> batches, Func<BatchUsage, TimeSpan> time) => new(batches.Sum(batch => time(batch).Ticks));

    private static DurationStatistic Of(long count, TimeSpan time) => new(count, time.Ticks * NanosecondsPerTick);
}
