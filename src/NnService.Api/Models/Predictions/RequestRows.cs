using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models.Evaluations;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models.Predictions;

/// <summary>Finds the rows to predict that a request brings or names.</summary>
internal sealed class RequestRows(StoredRows stored)
{
    /// <summary>The rows. Errors: <see cref="ProblemException"/>.</summary>
    public async ValueTask<RowBatches> Of(LoadedModel loaded, HttpContext context)
    {
        var (request, description) = (context.Request, loaded.Model.Description);
        if (!LongRequest.IsCsv(request))
            ReadingOptions.RefuseWithoutCsv(request);
        var unknown = Unknown(request);
        if (await PlainBatches.TryReadAsync(request, loaded) is { } plain)
            return plain;
        return LongRequest.IsCsv(request)
            ? new CsvBatches(description, request.Body, ReadingOptions.OfScoring(request, description.Features.Notation), unknown, withCells: Acceptable.PrefersCsv(request))
            : await OfJson(description, unknown, context);
    }

    private async Task<RowBatches> OfJson(ModelDescription description, UnknownColumns unknown, HttpContext context)
    {
        var asked = (await Body<PredictRequest>.BindAsync(context, null!)).Value;
        return (asked.Rows, asked.Dataset) switch
        {
            ({ } rows, null) => new JsonBatches(description, asked.Columns, rows, unknown),
            (null, { } dataset) => new DatasetBatches(description, () => TableOf(dataset, description), withCells: IsWithCells(context)),
            _ => throw Refusal.Exception(400, "Give either rows or dataset.", "#/rows"),
        };
    }

    // Rows that the caller has sent go back to the caller; those of a stored dataset are for who may read it.
    private static bool IsWithCells(HttpContext context)
    {
        var isCsv = Acceptable.PrefersCsv(context.Request);
        if (isCsv && !context.User.May(Scope.Read))
            throw Refusal.Exception(
                403, $"As CSV the answer would hold the dataset's own columns, which needs a key with the scope \"{Scope.Read.Name()}\" too. Ask for application/json.");
        return isCsv;
    }

    private Table TableOf(string dataset, ModelDescription description) =>
        stored.Find(dataset, description).IsRefused(out var refusal, out var rows) ? throw new ProblemException(refusal.Problem) : rows.Table;

    /// <summary>What becomes of columns that a model does not know. Errors: <see cref="ProblemException"/>.</summary>
    public static UnknownColumns Unknown(HttpRequest request) =>
        request.QueryString.HasValue && QueryValue.Flag(request, "ignoreUnknown") ? UnknownColumns.Ignore : UnknownColumns.RefuseUnlessAsked;
}
