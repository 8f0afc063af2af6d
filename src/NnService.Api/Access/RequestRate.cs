using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using NnService.Api.Access.Keys;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Startup;

namespace NnService.Api.Access;

/// <summary>Limits the requests of each caller, and the uploads of all, by ASP.NET Core's rate limiter; where there is nothing to limit it is not there.</summary>
internal sealed class RequestRate(RequestLimits limits, Listening listening, KeyRing keys, Node node)
{
    // Where it listens is known only when it does.
    private int PerSecond => limits.RequestsPerSecond ?? (listening.IsLoopback ? 0 : RequestLimits.DefaultRequestsPerSecond);

    // A caller's requests are spread over the nodes that answer by the proxy in front of them: each lets its share through.
    private int Share => (PerSecond + node.Size.Servers - 1) / node.Size.Servers;

    /// <summary>Stands in front of the keys, so that requests without one are counted too.</summary>
    public static void Use(WebApplication app) => app.Use(next =>
    {
        var rate = app.Services.GetRequiredService<RequestRate>();
        var limited = new Later<RequestDelegate>(() =>
        {
            var branch = ((IApplicationBuilder)app).New();
            branch.UseRateLimiter(rate.Options());
            branch.Run(next);
            return branch.Build();
        });
        return context => rate.Limits(context) ? limited.Value(context) : next(context);
    });

    private bool Limits(HttpContext context)
    {
        var endpoint = context.GetEndpoint()?.Metadata;
        return endpoint?.GetMetadata<DisableRateLimitingAttribute>() is null
            && (PerSecond > 0 || (limits.Uploads > 0 && endpoint?.GetMetadata<EnableRateLimitingAttribute>() is not null));
    }

    private RateLimiterOptions Options()
    {
        var options = new RateLimiterOptions { OnRejected = (rejected, _) => new ValueTask(RefuseAsync(rejected)) };
        options.AddPolicy(RequestLimits.UploadsPolicy, _ => limits.Uploads == 0
            ? RateLimitPartition.GetNoLimiter("")
            : RateLimitPartition.GetConcurrencyLimiter("", _ => new ConcurrencyLimiterOptions { PermitLimit = limits.Uploads, QueueLimit = 0 }));
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, (object, int)>(context => Share is > 0 and var share
            ? RateLimitPartition.GetTokenBucketLimiter((CallerOf(context), share), _ => OptionsOf(share))
            : RateLimitPartition.GetNoLimiter<(object, int)>(("", 0)));
        return options;
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
        return !text.IsEmpty && keys.Find(text) is { } key ? key : CallerAddress.Of(context);
    }

    private Task RefuseAsync(OnRejectedContext rejected)
    {
        var isRate = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after);
        if (isRate)
            rejected.HttpContext.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString();
        return Refusal.Result(429, isRate
            ? $"More than {PerSecond:N0} requests a second have come from one caller (Limits:RequestsPerSecond). Try again in a moment."
            : $"{limits.Uploads:N0} uploads are under way, as many as may be at a time (Limits:Uploads). Try again in a moment.")
            .ExecuteAsync(rejected.HttpContext);
    }
}
