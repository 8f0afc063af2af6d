using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.Models;

/// <summary>How large a request may be that brings a model: the export json has every number as text.</summary>
/// <param name="MaxBytes">The largest body, in bytes.</param>
internal sealed record ModelLimits(long MaxBytes)
{
    private const string Key = "Models:MaxBytes";
    private const long DefaultMaxBytes = 128L << 20; // five million numbers, the most that are exported as JSON, at 25 bytes

    /// <summary>Such a request.</summary>
    public static LongRequest Long { get; } = new()
    {
        QuickBytes = LongRequest.QuickJson,
        Limit = context => context.RequestServices.GetRequiredService<ModelLimits>().Body,
    };

    private ByteLimit Body => new(MaxBytes, $"The body has more than {MaxBytes:N0} bytes (inflated, where it is compressed), the limit {Key}.");

    /// <summary>As the settings say.</summary>
    public static ModelLimits Of(IConfiguration settings) => new(Setting.Number(settings, Key, DefaultMaxBytes, low: 1));
}
