using NnService.Api.Http;

namespace NnService.Api.Limits;

/// <summary>How many requests are taken.</summary>
/// <param name="RequestsPerSecond"><c>Limits:RequestsPerSecond</c>: of one key, or one address without a key; 0: any number; null: not said.</param>
/// <param name="Uploads"><c>Limits:Uploads</c>: tables that come in at a time; 0: any number.</param>
internal sealed record RequestLimits(int? RequestsPerSecond, int Uploads)
{
    /// <summary>Requests a second where others can connect and nothing is said.</summary>
    public const int DefaultRequestsPerSecond = 1000;

    /// <summary>On an endpoint, by the framework's <c>RequireRateLimiting</c>: it takes uploads. <c>RequestRate</c> looks for it.</summary>
    public const string UploadsPolicy = "uploads";

    private const int DefaultUploads = 16;
    private const string RequestsName = "Limits:RequestsPerSecond";

    /// <summary>Reads the settings. Errors: <see cref="Errors.StartException"/>.</summary>
    public static RequestLimits Of(IConfiguration settings) => new(
        settings[RequestsName] is { Length: > 0 } ? Number(settings, RequestsName, missing: 0) : null,
        Number(settings, "Limits:Uploads", DefaultUploads));

    private static int Number(IConfiguration settings, string key, int missing) =>
        (int)Math.Min(Setting.Number(settings, key, missing, low: 0), int.MaxValue);
}
