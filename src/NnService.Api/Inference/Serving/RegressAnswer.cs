using NnService.Api.Errors;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Inference.Serving;

/// <summary>The form of TensorFlow Serving's <c>:regress</c>: <c>{"results": [2.5, 3, …]}</c>.</summary>
internal sealed class RegressAnswer : AnswerForm
{
    public override string ContentType => PlainError.ContentType;

    public override void Begin(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        answer.Json.WriteStartObject();
        answer.Json.WriteStartArray("results");
    }

    public override void Add(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        for (var row = 0; row < predictions.Rows; row++)
            PredictionJson.WriteNumber(answer.Json, predictions.ValueOf(row, 0), predictions.AreSingle);
    }

    public override void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings)
    {
        answer.Json.WriteEndArray();
        PredictionJson.WriteWarnings(answer.Json, warnings);
        answer.Json.WriteEndObject();
    }
}
