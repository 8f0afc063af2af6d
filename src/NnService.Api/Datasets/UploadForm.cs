using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>A multipart upload: the file, which is stored while it comes, and what is said about it before or behind it.</summary>
/// <param name="File">The stored file.</param>
/// <param name="Form">The form of its table.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Fields">The other parts by name.</param>
internal sealed record UploadForm(StoredBlob File, TableForm Form, UploadName Name, IReadOnlyDictionary<string, string> Fields)
{
    private static readonly string[] s_known = ["name", .. ReadingOptions.OfUpload.Select(parameter => parameter.Name)];

    /// <summary>Reads all parts. Errors: <see cref="ProblemException"/>; nothing is left in the store then.</summary>
    public static async Task<UploadForm> ReadAsync(Stream body, string boundary, BlobStore blobs, DatasetLimits limits, CancellationToken cancellation)
    {
        FormField.RefuseBadBoundary(boundary);
        var parts = new FormParts(body, boundary);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        UploadForm? file = null;
        try
        {
            while (await parts.NextAsync(cancellation) is { } section)
            {
                var disposition = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var parsed) ? parsed : null;
                var part = HeaderUtilities.RemoveQuotes(disposition?.Name ?? default).ToString();
                if (part == "file")
                    file = file is null ? await StoreAsync(section, disposition!, fields, blobs, limits, cancellation)
                        : throw Refusal.Exception(400, "The form has two parts \"file\"; send one table at a time.", "#/file");
                else if (!s_known.Contains(part))
                    throw Unknown(part);
                else if (!fields.TryAdd(part, await FormField.ReadAsync(new FormPart(section.Body), part, cancellation)))
                    throw Refusal.Exception(400, $"The form has two parts \"{part}\"; send one.", $"#/{part}");
            }

            return file ?? throw Refusal.Exception(400, "The form has no part \"file\"; with curl: -F file=@table.csv", "#/file");
        }
        catch
        {
            if (file is not null)
                blobs.Delete(file.File.Key);
            throw;
        }
    }

    private static async Task<UploadForm> StoreAsync(
        MultipartSection section, ContentDispositionHeaderValue disposition, IReadOnlyDictionary<string, string> fields,
        BlobStore blobs, DatasetLimits limits, CancellationToken cancellation)
    {
        var name = UploadName.Of(disposition);
        var form = MediaTypeHeaderValue.TryParse(section.ContentType, out var type) && TableForm.Of(type) is { } known ? known : TableForm.OfFile(name);
        var table = await TableBytes.OpenAsync(new FormPart(section.Body), "#/file", cancellation);
        return new UploadForm(await blobs.WriteAsync(new LimitedStream(table, limits.Of(form.Format)), cancellation), form, name, fields);
    }

    private static ProblemException Unknown(string part)
    {
        var shown = Echo.Cut(part);
        return part.Length == 0
            ? Refusal.Exception(400, $"A part of the form has no name. Send the table as the part \"file\"; known besides: {string.Join(", ", s_known)}.", "#")
            : Refusal.Exception(
                400, $"Unknown part \"{shown}\". Send the table as the part \"file\"; known besides: {string.Join(", ", s_known)}.",
                "#/" + SpecJson.Escape(shown));
    }
}
