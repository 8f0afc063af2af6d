namespace NnService.Api.Http;

/// <summary>How long a caller may take over the headers of a request.</summary>
internal static class HeaderTimeout
{
    private const long DefaultSeconds = 15;

    public static void UseHeaderTimeout(this WebApplicationBuilder builder)
    {
        var seconds = Setting.Number(builder.Configuration, "Limits:HeaderSeconds", DefaultSeconds, low: 1);
        builder.WebHost.ConfigureKestrel(options => options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue / 1000)));
    }
}
