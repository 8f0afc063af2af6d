using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Datasets;

/// <summary>Of an endpoint: the file of a form counts as the body, as <c>curl -F file=@rows.csv</c> sends it.</summary>
internal sealed record TakesFormedTable;

/// <summary>Puts the file of a form in the place of the body, with the content type of its table.</summary>
internal static class FormedTable
{
    /// <summary>The content type of forms.</summary>
    public const string Form = "multipart/form-data";

    public static void UseFormedTables(this WebApplication app) => app.Use(next => context =>
        context.Request.ContentType?.StartsWith(Form, StringComparison.OrdinalIgnoreCase) == true && context.Has<TakesFormedTable>()
            ? UnwrapAsync(context, next)
            : next(context));

    /// <summary>An endpoint that takes tables as CSV takes them as the file of a form too.</summary>
    public static RouteHandlerBuilder TakesTables(this RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata([.. TableTypes.Csv.Select(type => new BodySchema(type, typeof(byte[])))])
        .WithMetadata(new FileBody(Form), new TakesFormedTable());

    private static async Task UnwrapAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } server)
            server.MaxRequestBodySize = null; // meant for small JSON; whoever reads the table has a limit for it
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var form))
            throw Refusal.Exception(415, await AcceptedTypes.RefusalAsync(context));
        var boundary = HeaderUtilities.RemoveQuotes(form.Boundary).ToString();
        FormField.RefuseBadBoundary(boundary);
        var parts = new FormParts(request.Body, boundary);
        var file = await parts.NextAsync(context.RequestAborted)
            ?? throw Refusal.Exception(400, "The form has no part \"file\"; with curl: -F file=@rows.csv", "#/file");
        var disposition = ContentDispositionHeaderValue.TryParse(file.ContentDisposition, out var parsed) ? parsed : null;
        if (HeaderUtilities.RemoveQuotes(disposition?.Name ?? default) != "file")
            throw Refusal.Exception(400, FormedTableBody.OnlyOne, "#");
        request.ContentType = TypeOf(file, UploadName.Of(disposition!));
        request.ContentLength = null;
        request.Body = new FormedTableBody(parts, new FormPart(file.Body));
        await next(context);
    }

    private static string TypeOf(MultipartSection file, UploadName name)
    {
        var form = MediaTypeHeaderValue.TryParse(file.ContentType, out var type) && TableForm.Of(type) is { } known ? known : TableForm.OfFile(name);
        return form.Format switch
        {
            DatasetFormat.Json => "application/json",
            DatasetFormat.Ndjson => TableTypes.Lines[0],
            _ => form.HasTabs ? TableTypes.Tabs : TableTypes.Csv[0],
        };
    }
}

/// <summary>The file of a form, behind which nothing else may stand.</summary>
internal sealed class FormedTableBody(FormParts parts, FormPart file) : ReadOnlyStream
{
    public const string OnlyOne =
        "Only the part \"file\" is taken here, once: -F file=@rows.csv. What else there is to say, such as delimiter, stands in the query.";

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await file.ReadAsync(buffer, cancellationToken);
        if (read == 0 && buffer.Length > 0 && await parts.NextAsync(cancellationToken) is not null)
            throw Refusal.Exception(400, OnlyOne, "#");
        return read;
    }
}
