using System.Text.Json;
using System.Text.Json.Nodes;
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
    BlobStore blobs, DatasetTables tables, Database database, TimeProvider clock, DatasetLimits limits, LongRequests requests, MemoryBudget memory,
    ILogger<DatasetUpload> log)
{
    /// <summary>The stored dataset, and whether it is new. Errors: <see cref="ProblemException"/> where the request cannot be read.</summary>
    public async Task<Outcome<(Dataset Dataset, bool IsNew)>> TakeAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (BadName(request.Query["name"].ToString() is { Length: > 0 } said ? said : null, "#/name") is { } refusal)
            return refusal;
        var upload = await UploadBody.ReadAsync(request, blobs, limits, cancellation);
        var (isKept, isUnsure) = (false, false);
        try
        {
            if ((await ReadAsync(upload, cancellation)).IsRefused(out var bad, out var read))
                return bad;
            var (asked, otherName) = read;
            var lost = await FindLostAsync(asked, otherName, cancellation);
            var added = await database.WriteAsync(
                db =>
                {
                    isUnsure = true;
                    return Add(db, asked, otherName, lost);
                },
                cancellation);
            isUnsure = false;
            if (added.IsRefused(out var taken, out var result))
                return taken;
            var (stored, isNew) = result;
            isKept = stored.BlobKey == asked.BlobKey;
            if (isKept && lost is not null)
                tables.Delete(stored.Name, lost);
            return (stored, isNew);
        }
        finally
        {
            if (!isKept && !(isUnsure && MayHaveRow(upload.Blob.Key)))
                blobs.Delete(upload.Blob.Key);
        }
    }

    // The answer to a commit may be lost, and the row is there. A file too much is found by the next start; a row without its file is a loss.
    private bool MayHaveRow(string blobKey)
    {
        try
        {
            return database.ReadBetweenWrites(db => db.Datasets.Any(row => row.BlobKey == blobKey));
        }
        catch (Exception away)
        {
            log.LogWarning(
                "{Place} stays: the database was lost while its row was written, and cannot say whether it was: {Reason}",
                blobs.PlaceOf(blobKey), away.GetBaseException().Message);
            return true;
        }
    }

    // The key of the bytes that the same dataset is to have, and which are gone or others now; null where it has them, or where there is no such dataset.
    private async Task<string?> FindLostAsync(Dataset asked, string? otherName, CancellationToken cancellation)
    {
        Dataset? there;
        using (var db = database.Read())
            there = FindSame(db, asked, otherName);
        if (there is null)
            return null;
        var isWhole = await requests.RunAsync(() => blobs.IsKeptWhole(there.BlobKey, there.Sha256) == true, cancellation, isPatient: true);
        return isWhole ? null : there.BlobKey;
    }

    // Beside the dataset the name that it gets where another one is called after the same file; null: its name was given, or is its own anyway.
    private async Task<Outcome<(Dataset Dataset, string? OtherName)>> ReadAsync(UploadBody upload, CancellationToken cancellation)
    {
        var name = upload.Said("name")?.Trim() is { Length: > 0 } given ? given : null;
        if (BadName(name, "#/name") is { } bad)
            return bad;
        var reading = ReadingOptions.Reading(upload.Format, upload.Said);
        var (profile, nameInside) = await requests.RunAsync(() => Read(upload.Blob, reading), cancellation, isPatient: true);
        if (name is not null && nameInside is { Length: > 0 } && name != nameInside)
            return Refusal.Result(
                400, $"The dataset's name is \"{name}\" beside the table and \"{Echo.Cut(nameInside)}\" in it; say it once.", "#/name");
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
        return (dataset, name is null && upload.FileName is not null ? ResourceName.Beside(dataset.Name, dataset.Sha256 + dataset.TableSha256()) : null);
    }

    private static Outcome<(Dataset Dataset, bool IsNew)> Add(AppDbContext db, Dataset asked, string? otherName, string? lost)
    {
        if (FindSame(db, asked, otherName) is { } there)
        {
            if (there.BlobKey == lost)
                there.BlobKey = asked.BlobKey;
            return (there, false);
        }

        var added = otherName is not null && db.Datasets.Any(row => row.Name == asked.Name)
            ? asked.Renamed(
                otherName,
                $"The dataset \"{asked.Name}\" is another table, so this one, whose upload gave no name, is called \"{otherName}\". Give a name to choose another, "
                + "for example with ?name=.")
            : asked;
        if (db.Datasets.Any(row => row.Name == added.Name))
            return Refusal.Conflict(
                "#/name", $"There is another dataset \"{added.Name}\". Datasets do not change: choose a new name, or delete the old one first.");
        db.Datasets.Add(added);
        return (added, true);
    }

    private static Dataset? FindSame(AppDbContext db, Dataset asked, string? otherName) =>
        db.Datasets.Where(row => row.Name == asked.Name || row.Name == otherName).OrderBy(row => row.Number).AsEnumerable()
            .FirstOrDefault(row => IsSame(row, asked));

    private static bool IsSame(Dataset there, Dataset asked) => there.Sha256 == asked.Sha256
        && (there.Reading == asked.Reading || (WithoutFound(there) == WithoutFound(asked) && ColumnsOf(there) == ColumnsOf(asked)));

    private static string WithoutFound(Dataset dataset) => DatasetReading.Parse(dataset.Reading).WithoutFound().ToJson();

    private static string ColumnsOf(Dataset dataset) => JsonNode.Parse(dataset.Profile)!["columns"]!.ToJsonString();

    private (TableProfile Profile, string? Name) Read(StoredBlob blob, DatasetReading reading)
    {
        using var taken = memory.Reserve(
            DatasetTables.BytesWhileReading(reading.Format, blob.Length, memory.Total), 413, "Send the table as text/csv");
        return TableRefusal.Guard(() =>
        {
            var profile = TableProfile.Of(tables.Read(blob.Key, reading, isNew: true));
            if (reading.Format != DatasetFormat.Json)
                return (profile, null);
            using var bytes = blobs.OpenRead(blob.Key);
            return (profile, UploadBody.NameInside(bytes));
        });
    }

    private static ProblemResult? BadName(string? name, string pointer) =>
        ResourceName.Problem(name, pointer) is { } problem ? Refusal.Invalid([problem]) : null;
}
