using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Storage;
using NnService.Engine.Data.Columns;

namespace NnService.Api.Datasets;

internal static class DatasetEndpoints
{
    private const int MaxRowsACall = 1000;

    public static void MapDatasets(this RouteGroupBuilder api)
    {
        var datasets = api.MapGroup("/datasets").WithTags("Datasets");
        datasets.MapPost("", Create).RequireScope(Scope.Write).RequireRateLimiting(RequestLimits.UploadsPolicy)
            .Describe(
                "Upload a table",
                "As text/csv, as multipart/form-data with a part `file`, as application/json with rows, or as application/x-ndjson; gzip is understood. "
                    + "Errors name line and column, at most 20. "
                + "Parts of a form besides `file` are `name`, `types` and what a query may say, in any order. "
                + "The same name with the same bytes, read in the same way, again answers 200; with others 409.")
            .With([new QueryParameter("name", "The dataset's name; left out: one is made.", Examples.DatasetName), .. ReadingOptions.OfUpload])
            .Accepts<string>("text/csv", "multipart/form-data", "application/json", "application/x-ndjson")
            .WithMetadata(new BodySchema("application/json", typeof(DatasetRequest)), new BodySchema("multipart/form-data", typeof(DatasetForm)))
            .WithMetadata(new BodyExample("text/csv", DatasetExamples.Csv), new BodyExample("application/json", DatasetExamples.Rows))
            .Returns<DatasetResponse>(201).Returns<DatasetResponse>(200).Refuses(400, 409, 413, 415, 429);
        datasets.MapGet("", List).RequireScope(Scope.Read).Describe("List datasets, newest first", "Without the profiles of their columns.")
            .With(PageQuery.Parameters).Returns<Page<DatasetSummary>>(200);
        datasets.MapGet("/{name}", Get).RequireScope(Scope.Read).Describe("Show a dataset's profile").PathExample("name", Examples.DatasetName)
            .Returns<DatasetResponse>(200).Refuses(404);
        datasets.MapGet("/{name}/rows", Rows).RequireScope(Scope.Read).Describe("Show rows as they were understood").PathExample("name", Examples.DatasetName)
            .With(
                new QueryParameter("offset", "First row, counted from 0.", "0"),
                new QueryParameter("limit", $"Rows, 1 to {MaxRowsACall} (default 50).", "50"))
            .TakesLong().Returns<DatasetRows>(200).Refuses(400, 404, 429);
        datasets.MapGet("/{name}/content", Content).RequireScope(Scope.Read).Describe("Download the bytes as uploaded")
            .PathExample("name", Examples.DatasetName).Returns(200, "text/csv").Refuses(404);
        datasets.MapDelete("/{name}", Delete).RequireScope(Scope.Write).Describe("Delete a dataset", "409 while a job that has not ended needs it.")
            .PathExample("name", Examples.DatasetName).Returns(204).Refuses(404, 409);
        datasets.MapDelete("", DeleteSeveral).RequireScope(Scope.Write)
            .Describe(
                "Delete several datasets",
                "Those that the filter lets through, at most 10,000 in a call; those that a job needs that has not ended are kept.")
            .With(NameFilter.Parameters).With(Deletion.DryRun).Returns<DeletionResponse>(200).Refuses(400);
    }

    private static async Task<IResult> Create(HttpContext context, DatasetUpload upload, IHostApplicationLifetime lifetime, CancellationToken cancellation)
    {
        // A slow upload must not hold up the stop
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.ApplicationStopping);
        // The server's own limit is meant for small JSON; an upload has its own, Datasets:MaxBytes.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if ((await upload.TakeAsync(context.Request, ending.Token)).IsRefused(out var refusal, out var taken))
            return refusal;
        var (dataset, isNew) = taken;
        var response = DatasetResponse.Of(dataset);
        return isNew ? TypedResults.Created($"/api/v1/datasets/{dataset.Name}", response) : TypedResults.Ok(response);
    }

    private static Ok<Page<DatasetSummary>> List(PageQuery page, Database database)
    {
        using var db = database.Read();
        var rows = db.Datasets.Where(dataset => dataset.Number < page.Before).OrderByDescending(dataset => dataset.Number).Take(page.Limit + 1)
            .Select(dataset => new { dataset.Number, dataset.Name, dataset.Sha256, dataset.Bytes, dataset.Rows, dataset.CreatedAt }).ToList();
        return TypedResults.Ok(page.Of(rows, row => row.Number, row => new DatasetSummary(row.Name, row.Sha256, row.Bytes, row.Rows, row.CreatedAt)));
    }

    private static IResult Get(string name, Database database) =>
        Find(database, name) is { } dataset ? new ImmutableResult<DatasetResponse>(DatasetResponse.Of(dataset)) : Refusal.NotFound("dataset", name);

    private static IResult Rows(string name, HttpRequest request, Database database, DatasetTables tables)
    {
        if (Find(database, name) is not { } dataset)
            return Refusal.NotFound("dataset", name);
        var offset = QueryValue.Int(request, "offset", 0, 0, int.MaxValue);
        var limit = QueryValue.Int(request, "limit", 50, 1, MaxRowsACall);
        if (tables.Find(dataset) is not { } table)
            return Refusal.NotFound("dataset", name);
        var count = Math.Clamp(table.Rows - offset, 0, limit);
        var some = table.Slice(Math.Min(offset, table.Rows), count);
        return TypedResults.Ok(new DatasetRows(
            [.. table.Columns.Select(column => column.Name)],
            [.. Enumerable.Range(0, count).Select(row => (IReadOnlyList<object?>)[.. some.Columns.Select(column => ValueAt(column, row))])],
            table.Rows));
    }

    private static object? ValueAt(Column column, int row) => column.IsMissing(row) ? null : column.Type switch
    {
        ColumnType.Number => column.Numbers[row],
        ColumnType.Boolean => column.Numbers[row] != 0,
        _ => column.TextAt(row),
    };

    private static async Task<IResult> Content(string name, HttpContext context, Database database, DatasetTables tables, LongRequests requests)
    {
        if (Find(database, name) is not { } dataset)
            return Refusal.NotFound("dataset", name);
        var type = DatasetReading.Parse(dataset.Reading).Format switch
        {
            DatasetFormat.Json => MediaTypeNames.Application.Json,
            DatasetFormat.Ndjson => "application/x-ndjson",
            _ => MediaTypeNames.Text.Csv,
        };
        if (Immutable.IsKnown(context, $"\"{dataset.Sha256}\""))
            return TypedResults.Empty;
        var bytes = await requests.RunAsync(() => tables.OpenBytes(dataset), context.RequestAborted); // reads every byte
        return bytes is null ? Refusal.NotFound("dataset", name) : TypedResults.Stream(bytes, type);
    }

    private static async Task<IResult> Delete(string name, Database database, BlobStore blobs, CancellationToken cancellation)
    {
        var (refusal, key) = await database.WriteFromReserveAsync<(IResult?, string?)>(
            db =>
            {
                if (db.JobThatNeedsDataset(name) is { } job)
                    return (Refusal.Conflict($"Training job {job} has not ended and needs dataset \"{name}\". Wait for it, or cancel it first."), null);
                if (db.Datasets.FirstOrDefault(dataset => dataset.Name == name) is not { } dataset)
                    return (Refusal.NotFound("dataset", name), null);
                db.Datasets.Remove(dataset);
                return (null, dataset.BlobKey);
            },
            cancellation);
        if (refusal is not null)
            return refusal;
        blobs.Delete(key!); // after the commit: a crash in between leaves a file without a row, which the next start sweeps
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteSeveral(HttpRequest request, Database database, BlobStore blobs, CancellationToken cancellation)
    {
        var filter = NameFilter.Of(request, "datasets");
        string[] keys = [];
        var answer = await Deletion.RunAsync(
            request,
            database,
            db => [.. db.Datasets.Where(dataset => dataset.Name.StartsWith(filter.Prefix) && dataset.CreatedAt < filter.CreatedBefore)
                .OrderBy(dataset => dataset.Number).Take(Deletion.MostItems).Select(dataset => new { dataset.Number, dataset.Name }).ToList()
                .Select(dataset => new Deletable(dataset.Number, dataset.Name, WhyKept(db, dataset.Name)))],
            (db, numbers) =>
            {
                var going = db.Datasets.Where(dataset => EF.Parameter(numbers).Contains(dataset.Number));
                keys = [.. going.Select(dataset => dataset.BlobKey)];
                going.ExecuteDelete();
            },
            cancellation);
        foreach (var key in keys)
            blobs.Delete(key); // after the commit, as above
        return answer;
    }

    private static string? WhyKept(AppDbContext db, string name) =>
        db.JobThatNeedsDataset(name) is { } job ? $"Training job {job} has not ended and needs it." : null;

    private static Dataset? Find(Database database, string name)
    {
        using var db = database.Read();
        return db.Datasets.FirstOrDefault(dataset => dataset.Name == name);
    }
}
