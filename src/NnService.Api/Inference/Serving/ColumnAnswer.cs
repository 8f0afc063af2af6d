using NnService.Api.Errors;
using NnService.Api.Inference.Tensors;
using NnService.Api.Models;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Inference.Serving;

/// <summary>The form of TensorFlow Serving for columns: <c>{"outputs": …}</c>, which names several outputs and writes a single one bare.</summary>
internal sealed class ColumnAnswer : AnswerForm
{
    private const int RowsOfAPiece = 64;

    private readonly List<double> _numbers = []; // [rows, targets], or [rows, labels] probabilities
    private readonly List<int> _labels = []; // [rows]; empty for a regression
    private readonly int _numbersPerRow;

    /// <summary>An answer to so many rows. Errors: <see cref="ProblemException"/> where there is no room for so many numbers.</summary>
    public ColumnAnswer(LoadedModel loaded, long rows, InferenceLimits limits)
    {
        _numbersPerRow = TensorAnswer.NumbersPerRow(loaded);
        TensorAnswer.RefuseTooMany(rows * _numbersPerRow, limits);
    }

    public override string ContentType => PlainError.ContentType;

    public override long BytesFor(long rows) => rows * ((_numbersPerRow * sizeof(double)) + sizeof(int));

    public override void Begin(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
        answer.Json.WriteStartObject();
        if (rows.Count is { } count)
            (_numbers.Capacity, _labels.Capacity) = (
                (int)count * _numbersPerRow, predictions.Target.Task == TaskKind.Regression ? 0 : (int)count);
    }

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
            WriteClasses(answer, target, predictions.AreSingle);
        else if (target.Columns.Count == 1)
            WriteNumbers(answer, 0, 1, predictions.AreSingle);
        else
            WriteTargets(answer, target, predictions.AreSingle);
        PredictionJson.WriteWarnings(json, warnings);
        json.WriteEndObject();
    }

    private void WriteClasses(AnswerWriter answer, TargetEncoding target, bool areSingle)
    {
        var json = answer.Json;
        json.WriteStartObject();
        json.WriteStartArray(ModelSignature.Label);
        for (var row = 0; row < _labels.Count; row++)
        {
            json.WriteStringValue(target.Labels[_labels[row]]);
            EndPiece(answer, row);
        }

        json.WriteEndArray();
        json.WriteStartArray(ModelSignature.Probabilities);
        for (var row = 0; row < _labels.Count; row++)
        {
            json.WriteStartArray();
            for (var label = 0; label < target.Labels.Count; label++)
                PredictionJson.WriteNumber(json, _numbers[(row * target.Labels.Count) + label], areSingle);
            json.WriteEndArray();
            EndPiece(answer, row);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteTargets(AnswerWriter answer, TargetEncoding target, bool areSingle)
    {
        var json = answer.Json;
        json.WriteStartObject();
        for (var output = 0; output < target.Columns.Count; output++)
        {
            json.WritePropertyName(target.Columns[output]);
            WriteNumbers(answer, output, target.Columns.Count, areSingle);
        }

        json.WriteEndObject();
    }

    private void WriteNumbers(AnswerWriter answer, int first, int step, bool areSingle)
    {
        answer.Json.WriteStartArray();
        for (var (i, row) = (first, 0); i < _numbers.Count; i += step, row++)
        {
            PredictionJson.WriteNumber(answer.Json, _numbers[i], areSingle);
            EndPiece(answer, row);
        }

        answer.Json.WriteEndArray();
    }

    private static void EndPiece(AnswerWriter answer, int row)
    {
        if (row % RowsOfAPiece == RowsOfAPiece - 1)
            answer.EndPiece();
    }
}
