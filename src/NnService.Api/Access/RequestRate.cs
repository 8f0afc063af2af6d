using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using NnService.Api.Access.Keys;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Startup;

namespace NnService.Api.Access;

/// <summary>
/// Limits the requests of each caller, and the uploads of all, by .NET's rate limiters; where there is nothing to limit it is not there. Without ASP.NET Core's
/// middleware around them, which ends none of them: its timer would hold a service that has stopped for as long as the process lives.
/// </summary>
internal sealed class RequestRate : IDisposable
{
    private readonly RequestLimits _limits;
    private readonly Listening _listening;
    private readonly KeyRing _keys;
    private readonly Node _node;
    private readonly Later<PartitionedRateLimiter<HttpContext>> _rates;
    private readonly ConcurrencyLimiter? _uploads;

    public RequestRate(RequestLimits limits, Listening listening, KeyRing keys, Node node)
    {
        (_limits, _listening, _keys, _node) = (limits, listening, keys, node);
        _rates = new(() => PartitionedRateLimiter.Create<HttpContext, (object, int)>(context =>
            RateLimitPartition.GetTokenBucketLimiter((CallerOf(context), Share), caller => OptionsOf(caller.Item2))));
        _uploads = limits.Uploads == 0 ? null : new(new() { PermitLimit = limits.Uploads, QueueLimit = 0 });
    }

    // Where it listens is known only when it does.
    private int PerSecond => _limits.RequestsPerSecond ?? (_listening.IsLoopback ? 0 : RequestLimits.DefaultRequestsPerSecond);

    // A caller's requests are spread over the nodes that answer by the proxy in front of them: each lets its share through.
    private int Share => (PerSecond + _node.Size.Servers - 1) / _node.Size.Servers;

    /// <summary>Stands in front of the keys, so that requests without one are counted too.</summary>
    public static void Use(WebApplication app) => app.Use(next =>
    {
        var rate = app.Services.GetRequiredService<RequestRate>();
        return context => rate.Limits(context) ? rate.AdmitAsync(context, next) : next(context);
    });

    public void Dispose()
    {
        if (_rates.IsMade)
            _rates.Value.Dispose();
        _uploads?.Dispose();
    }

    private bool Limits(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is null && (PerSecond > 0 || UploadsOf(context) is not null);

    private ConcurrencyLimiter? UploadsOf(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName == RequestLimits.UploadsPolicy ? _uploads : null;

    private async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        using var counted = PerSecond > 0 ? _rates.Value.AttemptAcquire(context) : null;
        if (counted is { IsAcquired: false })
        {
            await RefuseAsync(context, counted);
            return;
        }

        using var upload = UploadsOf(context)?.AttemptAcquire();
        if (upload is { IsAcquired: false })
            await RefuseAsync(context, upload);
        else
            await next(context);
    }

    private static TokenBucketRateLimiterOptions OptionsOf(int perSecond) => new()
    {
        TokenLimit = perSecond,
        TokensPerPeriod = perSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    };

    private object CallerOf(HttpContext context)
    {
        var text = PresentedKey.Of(context.Request.Headers, isPage: false);
        return !text.IsEmpty && _keys.LastKnown(text) is { } key ? key : CallerAddress.Of(context);
    }

    private Task RefuseAsync(HttpContext context, RateLimitLease lease)
    {
        var isRate = lease.TryGetMetadata(MetadataName.RetryAfter, out var after);
        if (isRate)
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString();
        return Refusal.Result(429, isRate
            ? $"More than {PerSecond:N0} requests a second have come from one caller (Limits:RequestsPerSecond). Try again in a moment."
            : $"{_limits.Uploads:N0} uploads are under way, as many as may be at a time (Limits:Uploads). Try again in a moment.")
            .ExecuteAsync(context);
    }
}
