using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Inference.Scoring;

/// <summary>The form of TensorFlow Serving and MLflow for rows: <c>{"predictions": […]}</c>, where a single value has no name.</summary>
internal class BareAnswer : AnswerForm
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
        for (var row = 0; row < predictions.Rows; row++)
            WriteRow(answer.Json, predictions, row);
    }

    public override void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings)
    {
        answer.Json.WriteEndArray();
        PredictionJson.WriteWarnings(answer.Json, warnings);
        WriteMore(answer);
        answer.Json.WriteEndObject();
    }

    /// <summary>Writes the prediction of a row: a number, or an object where it is more than that.</summary>
    public static void WriteRow(Utf8JsonWriter json, Predictor predictions, int row)
    {
        if (predictions.Target.Task != TaskKind.Regression || predictions.Outputs > 1)
            PredictionJson.WriteRow(json, predictions, row);
        else
            PredictionJson.WriteNumber(json, predictions.ValueOf(row, 0), predictions.AreSingle);
    }

    /// <summary>Writes what else the answer says.</summary>
    protected virtual void WriteMore(AnswerWriter answer)
    {
    }
}
