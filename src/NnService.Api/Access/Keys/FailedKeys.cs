using System.Net;
using System.Threading.RateLimiting;
using NnService.Api.Startup;

namespace NnService.Api.Access.Keys;

/// <summary>
/// Counts wrong keys by the address they come from, and tells whoever goes on trying to wait. Secrets cannot be guessed at any speed, so that a right key from
/// the same address is let in all the same.
/// </summary>
internal sealed class FailedKeys(KeySettings settings) : IDisposable
{
    private readonly Later<PartitionedRateLimiter<IPAddress>> _limiter = new(() => PartitionedRateLimiter.Create<IPAddress, IPAddress>(
        address => RateLimitPartition.GetTokenBucketLimiter(address, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = settings.FailuresPerMinute,
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1) / settings.FailuresPerMinute,
            QueueLimit = 0,
        })));

    /// <summary>Notes one. Seconds that the caller is to wait where there were too many; null where not.</summary>
    public int? Note(HttpContext context)
    {
        using var lease = _limiter.Value.AttemptAcquire(CallerAddress.Of(context));
        return lease.IsAcquired ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 1;
    }

    public void Dispose()
    {
        if (_limiter.IsMade)
            _limiter.Value.Dispose();
    }
}
