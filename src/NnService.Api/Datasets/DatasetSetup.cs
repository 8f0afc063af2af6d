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
internal sealed record DatasetLimits(long MaxBytes)
{
    private const long MaxJsonBytes = 32 << 20; // a JSON document is understood as a whole, in memory
    private const long MaxFormBytes = 1 << 20; // what a form may have beside its file

    /// <summary>A form as a whole, the file included, which has a limit of its own too.</summary>
    public ByteLimit OfForm => new(
        MaxBytes + MaxFormBytes,
        $"The form has more than {MaxBytes + MaxFormBytes:N0} bytes, the limit Datasets:MaxBytes and a little more for its other parts.");

    public ByteLimit Of(DatasetFormat format) => format == DatasetFormat.Json && MaxBytes > MaxJsonBytes
        ? new ByteLimit(MaxJsonBytes,
            $"A table as JSON may have {MaxJsonBytes:N0} bytes, inflated where it is compressed; send a larger one as text/csv or application/x-ndjson.")
        : new ByteLimit(MaxBytes, $"The table has more than {MaxBytes:N0} bytes, the limit Datasets:MaxBytes (inflated, where it is compressed).");
}
