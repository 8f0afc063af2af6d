using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Inference;

/// <summary>The form of TensorFlow Serving and MLflow for rows: <c>{"predictions": […]}</c>, where a single value has no name.</summary>
internal sealed class BareAnswer : AnswerForm
{
    /// <summary>The form, which holds nothing.</summary>
    public static BareAnswer Form { get; } = new();

    public override string ContentType => PlainError.ContentType;

    public override void Begin(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        answer.Json.WriteStartObject();
        answer.Json.WriteStartArray("predictions");
    }

    public override void Add(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        if (predictions.Target.Task != TaskKind.Regression || predictions.Outputs > 1)
        {
            PredictionJson.WriteRows(answer.Json, predictions);
            return;
        }

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
