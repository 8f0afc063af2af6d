using System.Text.Json;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Models.Predictions;

/// <summary>Writes predictions as JSON, a value for each row.</summary>
internal static class PredictionJson
{
    /// <summary>The rows of a batch as objects: <c>{"label": "M", "probabilities": {…}}</c>, <c>{"value": 1.5}</c> or <c>{"values": {…}}</c>.</summary>
    public static void WriteRows(Utf8JsonWriter json, Predictor predictions)
    {
        for (var row = 0; row < predictions.Rows; row++)
            WriteRow(json, predictions, row);
    }

    /// <summary>A row of a batch as an object.</summary>
    public static void WriteRow(Utf8JsonWriter json, Predictor predictions, int row)
    {
        json.WriteStartObject();
        if (predictions.Target.Task != TaskKind.Regression)
            WriteClasses(json, predictions, row);
        else if (predictions.Outputs == 1)
            WriteNumber(json, AnswerNames.Value, predictions.ValueOf(row, 0), predictions.AreSingle);
        else
            WriteValues(json, predictions, row);
        if (predictions.HasIntervals)
            WriteIntervals(json, predictions, row);
        json.WriteEndObject();
    }

    /// <summary>The warnings; nothing where there are none.</summary>
    public static void WriteWarnings(Utf8JsonWriter json, IReadOnlyList<string> warnings)
    {
        if (warnings.Count == 0)
            return;
        json.WriteStartArray("warnings");
        foreach (var warning in warnings)
            json.WriteStringValue(warning);
        json.WriteEndArray();
    }

    /// <summary>A number in its shortest form.</summary>
    public static void WriteNumber(Utf8JsonWriter json, double value, bool isSingle)
    {
        if (isSingle)
            json.WriteNumberValue((float)value);
        else
            json.WriteNumberValue(value);
    }

    private static void WriteNumber(Utf8JsonWriter json, JsonEncodedText name, double value, bool isSingle)
    {
        if (isSingle)
            json.WriteNumber(name, (float)value);
        else
            json.WriteNumber(name, value);
    }

    private static void WriteClasses(Utf8JsonWriter json, Predictor predictions, int row)
    {
        var labels = predictions.Loaded.Names.Labels;
        json.WriteString(AnswerNames.Label, labels[predictions.LabelOf(row)]);
        json.WriteStartObject(AnswerNames.Probabilities);
        for (var label = 0; label < labels.Count; label++)
            WriteNumber(json, labels[label], predictions.ProbabilityOf(row, label), predictions.AreSingle);
        json.WriteEndObject();
    }

    // Beside a value [low, high], beside values one for each, beside a label those that it may be instead.
    private static void WriteIntervals(Utf8JsonWriter json, Predictor predictions, int row)
    {
        if (predictions.Target.Task != TaskKind.Regression)
        {
            json.WriteStartArray(AnswerNames.InSet);
            foreach (var (label, name) in predictions.Loaded.Names.Labels.Index())
                if (predictions.IsInSet(row, label))
                    json.WriteStringValue(name);
            json.WriteEndArray();
            return;
        }

        json.WritePropertyName(AnswerNames.Interval);
        if (predictions.Outputs == 1)
        {
            WriteInterval(json, predictions, row, 0);
            return;
        }

        json.WriteStartObject();
        for (var target = 0; target < predictions.Outputs; target++)
        {
            json.WritePropertyName(predictions.Loaded.Names.Columns[target]);
            WriteInterval(json, predictions, row, target);
        }

        json.WriteEndObject();
    }

    private static void WriteInterval(Utf8JsonWriter json, Predictor predictions, int row, int target)
    {
        var (low, high) = predictions.IntervalOf(row, target);
        json.WriteStartArray();
        WriteNumber(json, low, predictions.AreSingle);
        WriteNumber(json, high, predictions.AreSingle);
        json.WriteEndArray();
    }

    private static void WriteValues(Utf8JsonWriter json, Predictor predictions, int row)
    {
        json.WriteStartObject(AnswerNames.Values);
        for (var target = 0; target < predictions.Outputs; target++)
            WriteNumber(json, predictions.Loaded.Names.Columns[target], predictions.ValueOf(row, target), predictions.AreSingle);
        json.WriteEndObject();
    }
}
