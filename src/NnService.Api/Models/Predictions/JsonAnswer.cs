namespace NnService.Api.Models.Predictions;

/// <summary>The service's own form: model and version, an object for each row, warnings (<see cref="PredictResponse"/>).</summary>
internal sealed class JsonAnswer : AnswerForm
{
    /// <summary>The form, which holds nothing.</summary>
    public static JsonAnswer Form { get; } = new();

    public override string ContentType => "application/json; charset=utf-8";

    public override void Begin(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        answer.Json.WriteStartObject();
        answer.Json.WriteString(AnswerNames.ModelProperty, predictions.Loaded.Names.Model);
        answer.Json.WriteNumber(AnswerNames.Version, predictions.Loaded.Version);
        answer.Json.WriteStartArray(AnswerNames.Predictions);
    }

    public override void Add(AnswerWriter answer, Predictor predictions, RowBatches rows) => PredictionJson.WriteRows(answer.Json, predictions);

    public override void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings)
    {
        answer.Json.WriteEndArray();
        PredictionJson.WriteWarnings(answer.Json, warnings);
        answer.Json.WriteEndObject();
    }
}
