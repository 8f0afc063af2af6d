using NnService.Api.Http;

namespace NnService.Api.Datasets;

internal static class DatasetSetup
{
    public static void AddDatasets(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new DatasetLimits(Setting.Number(builder.Configuration, "Datasets:MaxBytes", 2L << 30, low: 1)));
        builder.Services.AddSingleton<DatasetTables>();
        builder.Services.AddSingleton<DatasetUpload>();
    }
}

/// <summary>What an upload may be.</summary>
/// <param name="MaxBytes">The largest table, in bytes after inflating.</param>
internal sealed record DatasetLimits(long MaxBytes);
