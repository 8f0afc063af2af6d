namespace NnService.Api.Http;

/// <summary>How large the body of a request may be that has no limit of its own.</summary>
internal static class BodyLimit
{
    private const string Key = "Kestrel:Limits:MaxRequestBodySize"; // the server's own name for it, but it reads no limits from the settings
    private const long Default = 30_000_000;

    public static void UseBodyLimit(this WebApplicationBuilder builder)
    {
        var most = Setting.Number(builder.Configuration, Key, Default, low: 1);
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = most);
        builder.Services.AddSingleton(new ByteLimit(
            most,
            $"The body has more than {most:N0} bytes (inflated, where it is compressed), the limit {Key}; "
            + "tables have a limit of their own, Datasets:MaxBytes."));
    }

    /// <summary>The limit of a request; also where the server itself counts no longer, because a table may have come.</summary>
    public static ByteLimit Of(HttpContext context) => context.RequestServices.GetRequiredService<ByteLimit>();
}
