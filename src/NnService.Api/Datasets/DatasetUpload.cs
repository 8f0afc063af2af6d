using System.Text.Json;
using Microsoft.Net.Http.Headers;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Storage;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>Takes an upload in: bytes into the blob store, read and profiled from there, and only then the row.</summary>
internal sealed class DatasetUpload(BlobStore blobs, DatasetTables tables, Database database, TimeProvider clock, DatasetLimits limits, LongRequests requests, MemoryBudget memory)
{
    private const long BytesWhileReading = 256L << 20; // of rows that come one by one, whatever their number
    private const int BytesPerByteOfJson = 24;

    /// <summary>The stored dataset, and whether it is new. Errors: <see cref="ProblemException"/>.</summary>
    public async Task<(Dataset Dataset, bool IsNew)> TakeAsync(HttpRequest request, CancellationToken cancellation)
    {
        RefuseBadName(NameIn(request), "#");
        var (blob, format, fields) = await StoreAsync(request, cancellation);
        try
        {
            string? Said(string name) => OneOf(ReadingOptions.SaidIn(request.Query, name), fields.GetValueOrDefault(name), name);
            var name = Said("name")?.Trim() is { Length: > 0 } given ? given : null;
            RefuseBadName(name, "#/name");
            var reading = ReadingOptions.Reading(format, Said);
            var (profile, nameInside) = await requests.RunAsync(() => Read(blob, reading), cancellation, isPatient: true);
            name ??= nameInside;
            RefuseBadName(name, "#/name");
            var asked = new Dataset
            {
                Name = name ?? ResourceName.New("dataset"),
                BlobKey = blob.Key,
                Sha256 = blob.Sha256,
                Bytes = blob.Length,
                Reading = reading.ToJson(),
                Rows = profile.Rows,
                Profile = JsonSerializer.Serialize(profile, SpecJson.Options),
                CreatedAt = clock.GetUtcNow().UtcDateTime,
            };
            var stored = await database.WriteAsync(db => Add(db, asked), cancellation);
            if (stored != asked)
                blobs.Delete(blob.Key);
            return (stored, stored == asked);
        }
        catch
        {
            blobs.Delete(blob.Key);
            throw;
        }
    }

    private static Dataset Add(AppDbContext db, Dataset asked)
    {
        var there = db.Datasets.FirstOrDefault(dataset => dataset.Name == asked.Name);
        if (there is null)
            db.Datasets.Add(asked);
        else if (there.Sha256 != asked.Sha256 || there.Reading != asked.Reading)
            throw Refusal.Exception(409, $"There is another dataset \"{asked.Name}\". Datasets do not change: choose a new name, or delete the old one first.", "#/name");
        return there ?? asked;
    }

    private (TableProfile Profile, string? Name) Read(StoredBlob blob, DatasetReading reading)
    {
        using var taken = memory.Reserve(
            reading.Format == DatasetFormat.Json ? blob.Length * BytesPerByteOfJson : Math.Min(BytesWhileReading, memory.Total / 2), 413, "Send the table as text/csv");
        try
        {
            var profile = TableProfile.Of(tables.Read(blob.Key, reading));
            if (reading.Format != DatasetFormat.Json)
                return (profile, null);
            using var bytes = blobs.OpenRead(blob.Key);
            return (profile, NameInside(bytes));
        }
        catch (TableFormatException bad)
        {
            throw new ProblemException(TableRefusal.Of(bad));
        }
    }

    private static string? NameInside(Stream json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var member in document.RootElement.EnumerateObject())
            if (member.Name is not ("name" or "columns" or "rows"))
                throw Refusal.Exception(400, $"Unknown property \"{Echo.Cut(member.Name)}\". Known: name, columns, rows.", "#/" + SpecJson.Escape(member.Name));
        return !document.RootElement.TryGetProperty("name", out var name) || name.ValueKind == JsonValueKind.Null ? null
            : name.ValueKind == JsonValueKind.String ? name.GetString()
            : throw Refusal.Exception(400, "Expected a string.", "#/name");
    }

    // The bytes of the table in the blob store, and what a form says besides.
    private async Task<(StoredBlob Blob, DatasetFormat Format, IReadOnlyDictionary<string, string> Fields)> StoreAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw Unsupported(request.ContentType);
        if (type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            var form = await UploadForm.ReadAsync(new LimitedStream(request.Body, limits.OfForm), HeaderUtilities.RemoveQuotes(type.Boundary).ToString(), blobs, limits, cancellation);
            return (form.File, form.Format, form.Fields);
        }

        var format = UploadForm.FormatOf(type) ?? throw Unsupported(request.ContentType);
        ReadingOptions.Reading(format, name => ReadingOptions.SaidIn(request.Query, name)); // before a large body is read for nothing
        return (await blobs.WriteAsync(new LimitedStream(request.Body, limits.Of(format)), cancellation), format, new Dictionary<string, string>());
    }

    private static string? NameIn(HttpRequest request) => request.Query["name"].ToString() is { Length: > 0 } given ? given : null;

    private static string? OneOf(string? inQuery, string? inForm, string name) => inQuery is { Length: > 0 } && inForm is { Length: > 0 } && inQuery.Trim() != inForm.Trim()
        ? throw Refusal.Exception(400, $"{name} is \"{Echo.Cut(inQuery)}\" in the query and something else in the form; say it once.", $"#/{name}")
        : inForm ?? inQuery;

    private static ProblemException Unsupported(string? contentType) => Refusal.Exception(
        415, $"The content type is \"{Echo.Cut(contentType)}\"; send text/csv, multipart/form-data, application/json or application/x-ndjson.");

    private static void RefuseBadName(string? name, string pointer)
    {
        if (ResourceName.Problem(name, pointer) is { } problem)
            throw Refusal.Exception(400, problem.Detail, problem.Pointer);
    }
}
