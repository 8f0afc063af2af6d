using NnService.Api.Errors;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Inference.Serving;

/// <summary>The form of TensorFlow Serving's <c>:classify</c>: <c>{"results": [[["yes", 0.8], ["no", 0.2]], …]}</c>, the labels in the
/// model's order.</summary>
internal sealed class ClassifyAnswer : AnswerForm
{
    public override string ContentType => PlainError.ContentType;

    public override void Begin(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        answer.Json.WriteStartObject();
        answer.Json.WriteStartArray("results");
    }

    public override void Add(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        var labels = predictions.Loaded.Names.Labels;
        for (var row = 0; row < predictions.Rows; row++)
        {
            answer.Json.WriteStartArray();
            for (var label = 0; label < labels.Count; label++)
            {
                answer.Json.WriteStartArray();
                answer.Json.WriteStringValue(labels[label]);
                PredictionJson.WriteNumber(answer.Json, predictions.ProbabilityOf(row, label), predictions.AreSingle);
                answer.Json.WriteEndArray();
            }

            answer.Json.WriteEndArray();
        }
    }

    public override void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings)
    {
        answer.Json.WriteEndArray();
        PredictionJson.WriteWarnings(answer.Json, warnings);
        answer.Json.WriteEndObject();
    }
}
