using System.Globalization;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>Rows in, predictions out: JSON or CSV, or a stored dataset.</summary>
internal static class PredictEndpoint
{
    public static async Task<IResult> Latest(string name, HttpContext context, ModelStore models, Database database, DatasetTables tables) =>
        models.Load(name, null) is { } loaded ? await Predict(loaded, context, database, tables) : Refusal.NotFound("model", name);

    public static async Task<IResult> OfVersion(string name, int version, HttpContext context, ModelStore models, Database database, DatasetTables tables) =>
        models.Load(name, version) is { } loaded ? await Predict(loaded, context, database, tables) : Refusal.NotFound("model version", $"{name}/{version}");

    private static async Task<IResult> Predict(LoadedModel loaded, HttpContext context, Database database, DatasetTables tables)
    {
        var request = context.Request;
        var ignoreUnknown = QueryValue.Flag(request, "ignoreUnknown");
        var threshold = Threshold(request);
        var (rows, table) = MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType == MediaTypeNames.Text.Csv
            ? await ReadCsv(loaded, request, ignoreUnknown, context.RequestAborted)
            : await ReadJson(loaded, context, database, tables, ignoreUnknown);
        var predictions = new Predictions(loaded, rows, threshold);
        return table is not null && AcceptsCsv(request)
            ? new CsvResult(table, predictions)
            : new JsonResult(predictions);
    }

    private static async Task<(EncodedRows, Table?)> ReadCsv(LoadedModel loaded, HttpRequest request, bool ignoreUnknown, CancellationToken cancellation)
    {
        var bytes = await RequestBytes.ReadAsync(request, cancellation);
        try
        {
            // Cells stay the text they are: what type they must be, the model knows.
            using var csv = new MemoryStream(bytes.ToArray());
            var table = CsvTable.Read(csv, new TableReadOptions { OtherTypes = ColumnType.Category });
            return (EncodedRows.OfCsv(loaded.Model.Description, table, ignoreUnknown), table);
        }
        catch (TableFormatException bad)
        {
            throw new ProblemException(TableRefusal.Of(bad));
        }
    }

    private static async Task<(EncodedRows, Table?)> ReadJson(
        LoadedModel loaded, HttpContext context, Database database, DatasetTables tables, bool ignoreUnknown)
    {
        var request = (await Body<PredictRequest>.BindAsync(context, null!)).Value;
        if ((request.Rows is null) == (request.Dataset is null))
            throw Refusal.Exception(400, "Give either rows or dataset.", "#/rows");
        if (request.Dataset is null)
            return (EncodedRows.Of(loaded.Model.Description, request, ignoreUnknown), null);
        using var db = database.Read();
        var dataset = db.Datasets.FirstOrDefault(there => there.Name == request.Dataset)
            ?? throw Refusal.Exception(404, $"There is no dataset \"{request.Dataset}\".", "#/dataset");
        var table = tables.Get(dataset);
        return (EncodedRows.Of(loaded.Model.Description, table, [.. Enumerable.Range(0, table.Rows)]), table);
    }

    private static double Threshold(HttpRequest request)
    {
        var text = request.Query["threshold"].ToString();
        if (text.Length == 0)
            return 0.5;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw Refusal.Exception(400, $"threshold={text} is not a number between 0 and 1.");
    }

    private static bool AcceptsCsv(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == MediaTypeNames.Text.Csv);

    private sealed class JsonResult(Predictions predictions) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await using var json = new Utf8JsonWriter(httpContext.Response.BodyWriter, new JsonWriterOptions { Encoder = Engine.Specs.SpecJson.Options.Encoder });
            predictions.WriteJson(json);
            await json.FlushAsync(httpContext.RequestAborted);
        }
    }

    /// <summary>The input's columns as they came, and the prediction's behind them.</summary>
    private sealed class CsvResult(Table table, Predictions predictions) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "text/csv; charset=utf-8";
            await using var text = new StreamWriter(httpContext.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16);
            await text.WriteAsync(CsvLine.Of([.. table.Columns.Select(column => column.Name), .. predictions.ColumnNames]));
            for (var row = 0; row < table.Rows; row++)
                await text.WriteAsync(CsvLine.Of([.. table.Columns.Select(column => column.TextAt(row) ?? ""), .. predictions.CellsOf(row)]));
        }
    }
}
