using Microsoft.Extensions.Caching.Memory;
using NnService.Api.Errors;
using NnService.Api.Storage;
using NnService.Engine.Data;

namespace NnService.Api.Datasets;

/// <summary>The tables of stored datasets, by column from a file beside the uploaded bytes; what was read is kept while memory allows. Datasets never change, so a kept table is never stale.</summary>
internal sealed class DatasetTables(BlobStore blobs, Damage damage, ILogger<DatasetTables> log) : IDisposable
{
    private const long MostCells = 50_000_000;

    private readonly MemoryCache _tables = new(new MemoryCacheOptions { SizeLimit = MostCells });

    public Table Get(Dataset dataset) => _tables.GetOrCreate(dataset.BlobKey, entry =>
    {
        var reading = DatasetReading.Parse(dataset.Reading);
        var table = ColumnFile.TryOpen(blobs.CompanionOf(dataset.BlobKey));
        if (table is null)
        {
            log.LogInformation("Reading dataset {Name} anew: its file of columns is missing, damaged or of another version", dataset.Name);
            RefuseDamage(dataset);
            table = Read(dataset.BlobKey, reading);
        }

        entry.Size = Math.Max(1, (long)table.Rows * table.Columns.Count);
        return table.WrittenIn(reading.Notation);
    })!;

    /// <summary>Looks whether the uploaded bytes are still what was uploaded. Errors: <see cref="DamageException"/>.</summary>
    public void RefuseDamage(Dataset dataset)
    {
        if (!blobs.IsWhole(dataset.BlobKey, dataset.Sha256))
            throw damage.Refuse($"Dataset \"{dataset.Name}\" is damaged: its stored bytes are not those that were uploaded. Put them back from a backup, or delete it and upload it again.");
    }

    /// <summary>Reads a table from uploaded bytes into its file of columns, with what was found on the way. Errors: <see cref="TableFormatException"/>.</summary>
    public Table Read(string blobKey, DatasetReading reading)
    {
        Table? read = null;
        blobs.WriteCompanion(blobKey, path =>
        {
            using var bytes = blobs.OpenRead(blobKey);
            using var columns = ColumnFile.Create(path);
            read = reading.Read(bytes, columns);
            columns.Finish(read);
        });
        return ColumnFile.TryOpen(blobs.CompanionOf(blobKey))?.WithNotesOf(read!) ?? throw new IOException("A file of columns that was just written cannot be read.");
    }

    public void Dispose() => _tables.Dispose();
}
