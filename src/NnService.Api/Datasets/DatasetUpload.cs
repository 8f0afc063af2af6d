using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>Takes an upload in: bytes into the blob store, read and profiled from there, and only then the row.</summary>
internal sealed class DatasetUpload(BlobStore blobs, DatasetTables tables, Database database, TimeProvider clock, DatasetLimits limits)
{
    /// <summary>The stored dataset, and whether it is new. Errors: <see cref="ProblemException"/>.</summary>
    public async Task<(Dataset Dataset, bool IsNew)> TakeAsync(HttpRequest request, CancellationToken cancellation)
    {
        var name = request.Query["name"].ToString() is { Length: > 0 } given ? given : null;
        RefuseBadName(name, "#");
        var types = DatasetReading.ParseTypes(request.Query["types"].ToString());
        var delimiter = DatasetReading.ParseDelimiter(request.Query["delimiter"].ToString());

        var (content, format, partName) = await OpenAsync(request, cancellation);
        name ??= partName;
        RefuseBadName(name, "#/name");
        var blob = await blobs.WriteAsync(new LimitedStream(content, limits.Of(format)), cancellation);
        try
        {
            var reading = new DatasetReading { Format = format, Delimiter = delimiter, Types = types };
            var (profile, nameInside) = Read(blob, reading);
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

    private async Task<(Stream Content, DatasetFormat Format, string? Name)> OpenAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw Unsupported(request.ContentType);
        if (type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            return await OpenPartAsync(request, HeaderUtilities.RemoveQuotes(type.Boundary).ToString(), cancellation);
        return (request.Body, FormatOf(type) ?? throw Unsupported(request.ContentType), null);
    }

    private async Task<(Stream Content, DatasetFormat Format, string? Name)> OpenPartAsync(
        HttpRequest request, string boundary, CancellationToken cancellation)
    {
        FormField.RefuseBadBoundary(boundary);
        var reader = new MultipartReader(boundary, new LimitedStream(request.Body, limits.OfForm));
        string? name = null;
        var parts = 0;
        try
        {
            while (await reader.ReadNextSectionAsync(cancellation) is { } section)
            {
                FormField.RefuseTooMany(++parts);
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    continue;
                var part = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
                if (part == "name")
                    name = await FormField.ReadAsync(section.Body, part, cancellation);
                else if (part == "file")
                    return (new FormFile(section.Body), FormatOf(section, disposition), name);
                else
                    throw Refusal.Exception(400, $"Unknown part \"{Echo.Cut(part)}\". Send the table as the part \"file\", and its name, if any, as \"name\" before it.");
            }
        }
        catch (Exception broken) when (broken is IOException or InvalidDataException && broken is not BadHttpRequestException)
        {
            throw Refusal.Exception(400, FormFile.Broken);
        }

        throw Refusal.Exception(400, "The form has no part \"file\"; with curl: -F file=@table.csv");
    }

    private static DatasetFormat FormatOf(MultipartSection section, ContentDispositionHeaderValue disposition)
    {
        if (MediaTypeHeaderValue.TryParse(section.ContentType, out var type) && FormatOf(type) is { } known)
            return known;
        return Path.GetExtension(HeaderUtilities.RemoveQuotes(disposition.FileName).ToString()).ToLowerInvariant() switch
        {
            ".json" => DatasetFormat.Json,
            ".ndjson" or ".jsonl" => DatasetFormat.Ndjson,
            _ => DatasetFormat.Csv,
        };
    }

    private static DatasetFormat? FormatOf(MediaTypeHeaderValue type) => type.MediaType.ToString().ToLowerInvariant() switch
    {
        "text/csv" or "application/csv" or "text/tab-separated-values" => DatasetFormat.Csv,
        "application/json" => DatasetFormat.Json,
        "application/x-ndjson" or "application/jsonl" => DatasetFormat.Ndjson,
        _ => null,
    };

    private static ProblemException Unsupported(string? contentType) => Refusal.Exception(
        415, $"The content type is \"{Echo.Cut(contentType)}\"; send text/csv, multipart/form-data, application/json or application/x-ndjson.");

    private static void RefuseBadName(string? name, string pointer)
    {
        if (ResourceName.Problem(name, pointer) is { } problem)
            throw Refusal.Exception(400, problem.Detail, problem.Pointer);
    }
}
