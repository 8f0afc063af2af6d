using System.Text.Json;
using Microsoft.Net.Http.Headers;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>What an upload brings: the bytes of its table, which are stored while they come, and what query and form say of them.</summary>
/// <param name="blob">The stored bytes.</param>
/// <param name="format">Their form.</param>
/// <param name="query">The query.</param>
/// <param name="fields">The other parts of a form by name.</param>
internal sealed class UploadBody(StoredBlob blob, DatasetFormat format, IQueryCollection query, IReadOnlyDictionary<string, string> fields)
{
    public StoredBlob Blob => blob;

    public DatasetFormat Format => format;

    /// <summary>Reads a request. Errors: <see cref="ProblemException"/>; nothing is left in the store then.</summary>
    public static async Task<UploadBody> ReadAsync(HttpRequest request, BlobStore blobs, DatasetLimits limits, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw Unsupported(request.ContentType);
        if (type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            var form = await UploadForm.ReadAsync(
                new LimitedStream(request.Body, limits.OfForm), HeaderUtilities.RemoveQuotes(type.Boundary).ToString(), blobs, limits, cancellation);
            return new UploadBody(form.File, form.Format, request.Query, form.Fields);
        }

        var format = UploadForm.FormatOf(type) ?? throw Unsupported(request.ContentType);
        ReadingOptions.Reading(format, name => ReadingOptions.SaidIn(request.Query, name)); // before a large body is read for nothing
        var blob = await blobs.WriteAsync(new LimitedStream(request.Body, limits.Of(format)), cancellation);
        return new UploadBody(blob, format, request.Query, new Dictionary<string, string>());
    }

    /// <summary>What query or form say under a name; null: nothing. Errors: <see cref="ProblemException"/> where they say different things.</summary>
    public string? Said(string name)
    {
        var (inQuery, inForm) = (ReadingOptions.SaidIn(query, name), fields.GetValueOrDefault(name));
        return inQuery is { Length: > 0 } && inForm is { Length: > 0 } && inQuery.Trim() != inForm.Trim()
            ? throw Refusal.Exception(400, $"{name} is \"{Echo.Cut(inQuery)}\" in the query and something else in the form; say it once.", $"#/{name}")
            : inForm ?? inQuery;
    }

    /// <summary>The name that stands beside the rows of JSON; null: none. Errors: <see cref="ProblemException"/>.</summary>
    public static string? NameInside(Stream json)
    {
        using var document = JsonDocument.Parse(json);
        foreach (var member in document.RootElement.EnumerateObject())
            if (member.Name is not ("name" or "columns" or "rows"))
                throw Refusal.Exception(400, $"Unknown property \"{Echo.Cut(member.Name)}\". Known: name, columns, rows.", "#/" + SpecJson.Escape(member.Name));
        return !document.RootElement.TryGetProperty("name", out var name) || name.ValueKind == JsonValueKind.Null ? null
            : name.ValueKind == JsonValueKind.String ? name.GetString()
            : throw Refusal.Exception(400, "Expected a string.", "#/name");
    }

    private static ProblemException Unsupported(string? contentType) => Refusal.Exception(
        415, $"The content type is \"{Echo.Cut(contentType)}\"; send text/csv, multipart/form-data, application/json or application/x-ndjson.");
}
