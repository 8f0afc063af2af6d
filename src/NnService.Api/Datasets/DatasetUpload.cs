using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Storage;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>Takes an upload in: bytes into the blob store, read and profiled from there, and only then the row.</summary>
internal sealed class DatasetUpload(
    BlobStore blobs, DatasetTables tables, Database database, TimeProvider clock, DatasetLimits limits, LongRequests requests, MemoryBudget memory)
{
    private const int BytesPerByteOfJson = 24;

    /// <summary>The stored dataset, and whether it is new. Errors: <see cref="ProblemException"/> where the request cannot be read.</summary>
    public async Task<Outcome<(Dataset Dataset, bool IsNew)>> TakeAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (BadName(request.Query["name"].ToString() is { Length: > 0 } said ? said : null, "#") is { } refusal)
            return refusal;
        var upload = await UploadBody.ReadAsync(request, blobs, limits, cancellation);
        var isKept = false;
        try
        {
            if ((await ReadAsync(upload, cancellation)).IsRefused(out var bad, out var read))
                return bad;
            var (asked, isNamedAfterFile) = read;
            if ((await database.WriteAsync(db => Add(db, asked, isNamedAfterFile), cancellation)).IsRefused(out var taken, out var stored))
                return taken;
            isKept = stored == asked;
            return (stored, isKept);
        }
        finally
        {
            if (!isKept)
                blobs.Delete(upload.Blob.Key);
        }
    }

    private async Task<Outcome<(Dataset Dataset, bool IsNamedAfterFile)>> ReadAsync(UploadBody upload, CancellationToken cancellation)
    {
        var name = upload.Said("name")?.Trim() is { Length: > 0 } given ? given : null;
        if (BadName(name, "#/name") is { } bad)
            return bad;
        var reading = ReadingOptions.Reading(upload.Format, upload.Said);
        var (profile, nameInside) = await requests.RunAsync(() => Read(upload.Blob, reading), cancellation, isPatient: true);
        name ??= nameInside;
        if (BadName(name, "#/name") is { } badInside)
            return badInside;
        var dataset = new Dataset
        {
            Name = name ?? upload.FileName ?? ResourceName.New("dataset"),
            BlobKey = upload.Blob.Key,
            Sha256 = upload.Blob.Sha256,
            Bytes = upload.Blob.Length,
            Reading = reading.ToJson(),
            Rows = profile.Rows,
            Profile = JsonSerializer.Serialize(profile, SpecJson.Options),
            CreatedAt = clock.GetUtcNow().UtcDateTime,
        };
        return (dataset, name is null && upload.FileName is not null);
    }

    private static Outcome<Dataset> Add(AppDbContext db, Dataset asked, bool isNamedAfterFile)
    {
        var there = db.Datasets.FirstOrDefault(dataset => dataset.Name == asked.Name);
        if (there is null)
            db.Datasets.Add(asked);
        else if (there.Sha256 != asked.Sha256 || there.Reading != asked.Reading)
            return Refusal.Conflict(
                "#/name",
                isNamedAfterFile
                    ? $"The form has no name, so the dataset would be called \"{asked.Name}\" after its file, and there is another one of that name. "
                        + "Datasets do not change: give a name, for example with ?name=, or delete the old one first."
                    : $"There is another dataset \"{asked.Name}\". Datasets do not change: choose a new name, or delete the old one first.");
        return there ?? asked;
    }

    private (TableProfile Profile, string? Name) Read(StoredBlob blob, DatasetReading reading)
    {
        using var taken = memory.Reserve(
            reading.Format == DatasetFormat.Json ? blob.Length * BytesPerByteOfJson : DatasetTables.BytesWhileReading(blob.Length, memory.Total),
            413, "Send the table as text/csv");
        return TableRefusal.Guard(() =>
        {
            var profile = TableProfile.Of(tables.Read(blob.Key, reading));
            if (reading.Format != DatasetFormat.Json)
                return (profile, null);
            using var bytes = blobs.OpenRead(blob.Key);
            return (profile, UploadBody.NameInside(bytes));
        });
    }

    private static ProblemResult? BadName(string? name, string pointer) =>
        ResourceName.Problem(name, pointer) is { } problem ? Refusal.Invalid([problem]) : null;
}
