using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Limits;

namespace NnService.Api.Datasets;

internal static class DatasetEndpoints
{
    private const int MaxRowsACall = 1000;

    private static readonly string[] s_contents = ["text/csv", "text/tab-separated-values", "application/json", "application/x-ndjson"];

    public static void MapDatasets(this RouteGroupBuilder api)
    {
        var datasets = api.MapGroup("/datasets").WithTags("Datasets");
        datasets.MapPost("", Create).RequireScope(Scope.Write).RequireRateLimiting(RequestLimits.UploadsPolicy)
            .Describe(
                "Upload a table",
                "As text/csv, as multipart/form-data with a part `file`, as application/json with rows, or as application/x-ndjson; gzip is understood. "
                    + "Errors name line and column, at most 20. "
                + "Parts of a form besides `file` are `name`, `types` and what a query may say, in any order. "
                + "The same name with the same bytes, read in the same way, again answers 200; with others 409. "
                + "A form without a name is called after its file; where another table has that name, with something behind it, and a warning.")
            .Named("uploadDataset")
            .With(
            [
                new QueryParameter("name", "The dataset's name; left out: one is made.", Examples.DatasetName) { Form = ValueForm.Name },
                .. ReadingOptions.OfUpload,
            ])
            .Accepts<string>("application/json", ["multipart/form-data", .. TableTypes.Csv, .. TableTypes.Lines])
            .WithMetadata(new BodySchema("application/json", typeof(DatasetRequest)), new BodySchema("multipart/form-data", typeof(DatasetForm)))
            .WithMetadata([.. TableTypes.Csv.Concat(TableTypes.Lines).Select(type => new BodySchema(type, typeof(byte[])))])
            .WithMetadata(new BodyExample("application/json", DatasetExamples.Rows), new BodyExample("text/csv", DatasetExamples.Csv))
            .Returns<DatasetResponse>(201).ReturnsLocation(201).Returns<DatasetResponse>(200).Refuses(400, 409, 413, 415);
        datasets.MapGet("", List).RequireScope(Scope.Read).Describe("List datasets, newest first", "Without the profiles of their columns.").Named("listDatasets")
            .With(PageQuery.Parameters).Returns<Page<DatasetSummary>>(200);
        ByName(datasets.MapGet("/{name}", Get).RequireScope(Scope.Read)).Describe("Show a dataset's profile", "What each column holds, and what a careful reader would remark on.")
            .Named("getDataset").Returns<DatasetResponse>(200).ReturnsETag();
        ByName(datasets.MapGet("/{name}/rows", Rows).RequireScope(Scope.Read)).Describe("Show rows as they were understood", "A missing cell is null.")
            .Named("getDatasetRows")
            .With(
                new QueryParameter("offset", "First row, counted from 0.", "0") { Form = ValueForm.Whole(0) },
                new QueryParameter("limit", $"Rows, 1 to {MaxRowsACall} (default 50).", "50") { Form = ValueForm.Whole(1, MaxRowsACall) })
            .TakesLong().Returns<DatasetRows>(200).ReturnsETag().Refuses(400, 429);
        ByName(datasets.MapGet("/{name}/content", Content).RequireScope(Scope.Read)).Describe("Download the bytes as uploaded", "Inflated where they came compressed; in pieces where `Range` asks for one.")
            .Named("downloadDataset").ReturnsFileInPieces(s_contents).Refuses(429);
        ByName(datasets.MapDelete("/{name}", Delete).RequireScope(Scope.Write)).Describe(
                "Delete a dataset",
                "409 while a job or a study that has not ended needs it. Models that were trained on it still predict, but cannot be trained again (verify) unless the same bytes "
                + "are uploaded under the same name and read in the same way; `DELETE /datasets?prefix=…&dryRun=true` says how many there are.")
            .Named("deleteDataset").TakesIfMatch().Returns(204).Refuses(409);
        datasets.MapDelete("", DeleteSeveral).RequireScope(Scope.Write)
            .Describe(
                "Delete several datasets",
                "Those that the filter lets through, at most 10,000 in a call; those that a job or a study needs that has not ended are kept.")
            .Named("deleteDatasets")
            .With(NameFilter.Parameters).With(Deletion.DryRun).Returns<DeletionResponse>(200).Refuses(400);

        static RouteHandlerBuilder ByName(RouteHandlerBuilder endpoint) =>
            endpoint.PathExample("name", Examples.DatasetName, "The dataset's name.", ValueForm.Name).Refuses(404);
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
        Find(database, name) is { } dataset ? new ImmutableResult<DatasetResponse>(DatasetResponse.Of(dataset)) : NotFound(database, name);

    private static async Task<IResult> Rows(string name, HttpContext context, Database database, DatasetTables tables)
    {
        if (Find(database, name) is not { } dataset)
            return NotFound(database, name);
        var offset = QueryValue.Int(context.Request, "offset", 0, 0, int.MaxValue);
        var limit = QueryValue.Int(context.Request, "limit", 50, 1, MaxRowsACall);
        if (tables.Find(dataset) is not { } table)
            return NotFound(database, name);
        var count = Math.Clamp(table.Rows - offset, 0, limit);
        var tag = Immutable.TagOf(new { dataset.Sha256, Table = dataset.TableSha256(table), offset, count });
        return await Immutable.IsAnsweredAsync(context, tag) ? TypedResults.Empty : new RowsAnswer(table, offset, count);
    }

    private static async Task<IResult> Content(string name, HttpContext context, Database database, DatasetTables tables, LongRequests requests)
    {
        if (Find(database, name) is not { } dataset)
            return NotFound(database, name);
        var tag = $"\"{dataset.Sha256}\"";
        if (await Immutable.IsAnsweredAsync(context, tag))
            return TypedResults.Empty;
        var bytes = await requests.RunAsync(() => tables.OpenBytes(dataset), context.RequestAborted); // reads every byte
        if (bytes is null)
            return NotFound(database, name);
        var (type, extension) = FileOf(DatasetReading.Parse(dataset.Reading));
        return new FileAnswer(bytes, type, $"{dataset.Name}.{extension}", tag);
    }

    private static (string Type, string Extension) FileOf(DatasetReading reading) => reading switch
    {
        { Format: DatasetFormat.Json } => (MediaTypeNames.Application.Json, "json"),
        { Format: DatasetFormat.Ndjson } => (TableTypes.Lines[0], "ndjson"),
        { Delimiter: "\t" } => (TableTypes.Tabs, "tsv"),
        _ => (MediaTypeNames.Text.Csv, "csv"),
    };

    private static async Task<IResult> Delete(string name, HttpRequest request, Database database, DatasetTables tables, CancellationToken cancellation)
    {
        var (refusal, key) = await database.WriteFromReserveAsync<(IResult?, string?)>(
            db =>
            {
                if (db.Needs.WhoNeedsDataset(name) is { } who)
                    return (Refusal.Conflict($"{who} has not ended and needs dataset \"{name}\". Wait for it, or cancel it first."), null);
                if (db.Datasets.FirstOrDefault(dataset => dataset.Name == name) is not { } dataset)
                    return (db.NamesOfDatasets().NotFound("dataset", name), null);
                if (Preconditions.Failed(request, () => Immutable.TagOf(DatasetResponse.Of(dataset))) is { } failed)
                    return (failed, null);
                db.Datasets.Remove(dataset);
                return (null, dataset.BlobKey);
            },
            cancellation);
        if (refusal is not null)
            return refusal;
        tables.Delete(name, key!); // after the commit
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteSeveral(HttpRequest request, Database database, DatasetTables tables, CancellationToken cancellation)
    {
        var filter = NameFilter.Of(request, "datasets");
        var models = IsAny(filter, database) ? ModelsByDataset.Count(database) : null;
        List<(string Name, string BlobKey)> gone = [];
        var answer = await Deletion.RunAsync(
            request,
            database,
            db => [.. Those(filter, db)
                .OrderBy(dataset => dataset.Number).Take(Deletion.MostItems).Select(dataset => new { dataset.Number, dataset.Name, dataset.Sha256 }).ToList()
                .Select(dataset => new Deletable(
                    dataset.Number, dataset.Name, WhyKept(db, dataset.Name), models?.LossByDeletionOf(dataset.Name, dataset.Sha256)))],
            (db, numbers) =>
            {
                var going = db.Datasets.Where(dataset => EF.Parameter(numbers).Contains(dataset.Number));
                gone = [.. going.Select(dataset => new { dataset.Name, dataset.BlobKey }).AsEnumerable().Select(dataset => (dataset.Name, dataset.BlobKey))];
                going.ExecuteDelete();
            },
            cancellation);
        foreach (var (name, key) in gone)
            tables.Delete(name, key); // after the commit
        return answer;
    }

    private static IQueryable<Dataset> Those(NameFilter filter, AppDbContext db) =>
        db.Datasets.Where(dataset => dataset.Name.StartsWith(filter.Prefix) && dataset.CreatedAt < filter.CreatedBefore);

    private static bool IsAny(NameFilter filter, Database database)
    {
        using var db = database.Read();
        return Those(filter, db).Any();
    }

    private static string? WhyKept(AppDbContext db, string name) =>
        db.Needs.WhoNeedsDataset(name) is { } who ? $"{who} has not ended and needs it." : null;

    private static ProblemResult NotFound(Database database, string name)
    {
        using var db = database.Read();
        return db.NamesOfDatasets().NotFound("dataset", name);
    }

    private static Dataset? Find(Database database, string name)
    {
        using var db = database.Read();
        return db.Datasets.FirstOrDefault(dataset => dataset.Name == name);
    }
}
