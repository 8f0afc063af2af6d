using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Data;

namespace NnService.Api.Datasets;

/// <summary>The bytes of a table while they come: gzip is known by its first bytes and inflated, and a file that is no table is refused before it is
/// stored.</summary>
internal static class TableBytes
{
    /// <summary>The bytes to store. Errors: <see cref="ProblemException"/>.</summary>
    /// <param name="sent">What came.</param>
    /// <param name="pointer">Where in the request.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async Task<Stream> OpenAsync(Stream sent, string pointer, CancellationToken cancellation)
    {
        var table = await Peek(sent, cancellation);
        if (ForeignFile.IsGzip(table.Start))
            table = await Peek(new InflatedStream(table), cancellation);
        return ForeignFile.Describe(table.Start) is { } says ? throw Refusal.Exception(400, says, pointer) : table;
    }

    private static ValueTask<PeekedStream> Peek(Stream stream, CancellationToken cancellation) =>
        PeekedStream.OfAsync(stream, ForeignFile.SampleBytes, cancellation);
}
