using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace NnService.Api.Http;

/// <summary>How long callers may take over the headers of a request, its body and its answer; connections of slower ones are closed.</summary>
internal static class SlowCallers
{
    private const long DefaultHeaderSeconds = 15;
    private const long DefaultBytesPerSecond = 1000;
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    public static void UseLimitOfSlowCallers(this WebApplicationBuilder builder)
    {
        var seconds = Setting.Number(builder.Configuration, "Limits:HeaderSeconds", DefaultHeaderSeconds, low: 1);
        var rate = new MinDataRate(Setting.Number(builder.Configuration, "Limits:LeastBytesPerSecond", DefaultBytesPerSecond, low: 1), s_grace);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue / 1000));
            options.Limits.MinRequestBodyDataRate = rate;
            options.Limits.MinResponseDataRate = rate; // counted while something waits to be sent: an event stream may be silent
        });
    }
}
