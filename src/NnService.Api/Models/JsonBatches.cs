using NnService.Engine;

namespace NnService.Api.Models;

/// <summary>Rows of a JSON body.</summary>
internal sealed class JsonBatches : RowBatches
{
    private readonly EncodedRows _encoded;
    private readonly PredictRequest _request;
    private int _at;

    /// <summary>Reads the columns. Errors: <see cref="Errors.ProblemException"/> where they are not the model's.</summary>
    public JsonBatches(ModelDescription description, PredictRequest request, UnknownColumns unknown)
        : base(description) => (_encoded, _request) = (EncodedRows.ByPieces(description, request, unknown, Values, Unknown), request);

    public override IReadOnlyList<string> ColumnNames => _request.Columns ?? [];

    public override int Next()
    {
        var count = Math.Min(Most, _request.Rows!.Count - _at);
        _encoded.Read(_at, count);
        _at += count;
        return count;
    }
}
