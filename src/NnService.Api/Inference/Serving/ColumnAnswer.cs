using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Inference.Tensors;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Inference.Serving;

/// <summary>The form of TensorFlow Serving for columns: <c>{"outputs": …}</c>, which names several outputs and writes a single one bare.</summary>
internal sealed class ColumnAnswer : AnswerForm
{
    private readonly List<double> _numbers = []; // [rows, targets], or [rows, labels] probabilities
    private readonly List<int> _labels = []; // [rows]; empty for a regression

    public override string ContentType => PlainError.ContentType;

    public override void Begin(AnswerWriter answer, Predictor predictions, RowBatches rows) => answer.Json.WriteStartObject();

    public override void Add(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        var target = predictions.Target;
        for (var row = 0; row < predictions.Rows; row++)
        {
            if (target.Task != TaskKind.Regression)
                _labels.Add(predictions.LabelOf(row));
            for (var label = 0; label < target.Labels.Count; label++)
                _numbers.Add(predictions.ProbabilityOf(row, label));
            for (var output = 0; target.Task == TaskKind.Regression && output < predictions.Outputs; output++)
                _numbers.Add(predictions.ValueOf(row, output));
        }
    }

    public override void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings)
    {
        var (json, target) = (answer.Json, predictions.Target);
        json.WritePropertyName("outputs");
        if (target.Task != TaskKind.Regression)
            WriteClasses(json, target, predictions.AreSingle);
        else if (target.Columns.Count == 1)
            WriteNumbers(json, 0, 1, predictions.AreSingle);
        else
            WriteTargets(json, target, predictions.AreSingle);
        PredictionJson.WriteWarnings(json, warnings);
        json.WriteEndObject();
    }

    private void WriteClasses(Utf8JsonWriter json, TargetEncoding target, bool areSingle)
    {
        json.WriteStartObject();
        json.WriteStartArray(ModelSignature.Label);
        foreach (var label in _labels)
            json.WriteStringValue(target.Labels[label]);
        json.WriteEndArray();
        json.WriteStartArray(ModelSignature.Probabilities);
        for (var row = 0; row < _labels.Count; row++)
        {
            json.WriteStartArray();
            for (var label = 0; label < target.Labels.Count; label++)
                PredictionJson.WriteNumber(json, _numbers[(row * target.Labels.Count) + label], areSingle);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteTargets(Utf8JsonWriter json, TargetEncoding target, bool areSingle)
    {
        json.WriteStartObject();
        for (var output = 0; output < target.Columns.Count; output++)
        {
            json.WritePropertyName(target.Columns[output]);
            WriteNumbers(json, output, target.Columns.Count, areSingle);
        }

        json.WriteEndObject();
    }

    private void WriteNumbers(Utf8JsonWriter json, int first, int step, bool areSingle)
    {
        json.WriteStartArray();
        for (var i = first; i < _numbers.Count; i += step)
            PredictionJson.WriteNumber(json, _numbers[i], areSingle);
        json.WriteEndArray();
    }
}
