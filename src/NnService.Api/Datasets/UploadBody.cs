using System.Text.Json;
using Microsoft.Net.Http.Headers;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>What an upload brings: the bytes of its table, which are stored while they come, and what query and form say of them.</summary>
/// <param name="blob">The stored bytes.</param>
/// <param name="form">Their form.</param>
/// <param name="fileName">A name made of the file's; null: there is none.</param>
/// <param name="query">The query.</param>
/// <param name="fields">The other parts of a form by name.</param>
internal sealed class UploadBody(StoredBlob blob, TableForm form, string? fileName, IQueryCollection query, IReadOnlyDictionary<string, string> fields)
{
    public StoredBlob Blob => blob;

    public DatasetFormat Format => form.Format;

    /// <summary>A dataset's name made of the file's; null: there is none.</summary>
    public string? FileName => fileName;

    /// <summary>Reads a request. Errors: <see cref="ProblemException"/>; nothing is left in the store then.</summary>
    public static async Task<UploadBody> ReadAsync(HttpRequest request, BlobStore blobs, DatasetLimits limits, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            throw await UnsupportedAsync(request);
        if (type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            var sent = await UploadForm.ReadAsync(
                new LimitedStream(request.Body, limits.OfForm), HeaderUtilities.RemoveQuotes(type.Boundary).ToString(), blobs, limits, cancellation);
            return new UploadBody(sent.File, sent.Form, sent.Name.ForDataset(), request.Query, sent.Fields);
        }

        var form = TableForm.Of(type) ?? throw await UnsupportedAsync(request);
        ReadingOptions.Reading(form.Format, name => ReadingOptions.SaidIn(request.Query, name)); // before a large body is read for nothing
        var table = await TableBytes.OpenAsync(request.Body, "#", cancellation);
        var blob = await blobs.WriteAsync(new LimitedStream(table, limits.Of(form.Format)), cancellation);
        return new UploadBody(blob, form, null, request.Query, SaidInType(request, form.Format));
    }

    /// <summary>What query or form say under a name; null: nothing. An empty part says nothing: a form of HTML sends every field, filled in or not. Errors:
    /// <see cref="ProblemException"/> where they say different things.</summary>
    public string? Said(string name)
    {
        var (inQuery, inForm) = (ReadingOptions.SaidIn(query, name), fields.GetValueOrDefault(name) is { Length: > 0 } filled ? filled : null);
        return inQuery is { Length: > 0 } && inForm is not null && inQuery.Trim() != inForm.Trim()
            ? throw Refusal.Exception(400, $"{name} is \"{Echo.Cut(inQuery)}\" in the query and something else in the form; say it once.", $"#/{name}")
            : inForm ?? inQuery ?? (name == "delimiter" && form.HasTabs ? "tab" : null);
    }

    // As a field of a form, where the query does not say it.
    private static Dictionary<string, string> SaidInType(HttpRequest request, DatasetFormat format)
    {
        var fields = new Dictionary<string, string>();
        if (format == DatasetFormat.Csv && ReadingOptions.SaidIn(request.Query, "header") is null && ReadingOptions.SaidInType(request) is { } said)
            fields.Add("header", said);
        return fields;
    }

    /// <summary>The name that stands beside the rows of JSON; null: none. What else stands there must be known, and once. Errors: <see cref="ProblemException"/>.</summary>
    public static string? NameInside(Stream json)
    {
        using var document = JsonDocument.Parse(json);
        var members = new HashSet<string>();
        foreach (var member in document.RootElement.EnumerateObject())
            if (member.Name is not ("name" or "columns" or "rows"))
                throw Refusal.Exception(400, $"Unknown property \"{Echo.Cut(member.Name)}\". Known: name, columns, rows.", "#/" + SpecJson.Escape(member.Name));
            else if (!members.Add(member.Name))
                throw JsonRefusal.Repeated(member.Name, $"#/{member.Name}");
        return !document.RootElement.TryGetProperty("name", out var name) || name.ValueKind == JsonValueKind.Null ? null
            : name.ValueKind == JsonValueKind.String ? name.GetString()
            : throw JsonRefusal.NoString("name", name);
    }

    private static async Task<ProblemException> UnsupportedAsync(HttpRequest request) =>
        Refusal.Exception(415, await AcceptedTypes.RefusalAsync(request.HttpContext));
}
