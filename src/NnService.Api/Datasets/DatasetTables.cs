using Microsoft.Extensions.Caching.Memory;
using NnService.Api.Storage;
using NnService.Engine.Data;

namespace NnService.Api.Datasets;

/// <summary>The tables of stored datasets, read from their bytes and kept while memory allows: datasets never change, so a kept table is never stale.</summary>
internal sealed class DatasetTables(BlobStore blobs) : IDisposable
{
    private const long MostCells = 50_000_000;

    private readonly MemoryCache _tables = new(new MemoryCacheOptions { SizeLimit = MostCells });

    public Table Get(Dataset dataset) => _tables.GetOrCreate(dataset.BlobKey, entry =>
    {
        using var bytes = blobs.OpenRead(dataset.BlobKey);
        var table = DatasetReading.Parse(dataset.Reading).Read(bytes);
        entry.Size = (long)table.Rows * table.Columns.Count;
        return table;
    })!;

    public void Dispose() => _tables.Dispose();
}
