using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>The answers of a model to some rows, and how they are written: labels and probabilities, or values in the targets' own units.</summary>
internal sealed class Predictions
{
    private readonly LoadedModel _loaded;
    private readonly double[] _answers;
    private readonly double _threshold;
    private readonly IReadOnlyList<string> _warnings;

    /// <summary>Asks the model. Errors: <see cref="ProblemException"/> where an answer is not finite.</summary>
    public Predictions(LoadedModel loaded, EncodedRows rows, double threshold)
    {
        (_loaded, _threshold, _warnings) = (loaded, threshold, rows.Unknown.Warnings);
        _answers = new double[(long)rows.Count * loaded.Model.Outputs];
        loaded.Model.Predict(rows.Values, rows.Count, _answers);
        var bad = Array.FindIndex(_answers, answer => !double.IsFinite(answer));
        if (bad >= 0)
            throw Refusal.Exception(400, $"The prediction for row {bad / loaded.Model.Outputs} is too large for a number; check that row's values.", $"#/rows/{bad / loaded.Model.Outputs}");
    }

    private TargetEncoding Target => _loaded.Model.Description.Target;

    private int Outputs => _loaded.Model.Outputs;

    private int Rows => _answers.Length / Outputs;

    /// <summary>Writes the answer as JSON.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("model", _loaded.Name);
        json.WriteNumber("version", _loaded.Version);
        json.WriteStartArray("predictions");
        for (var row = 0; row < Rows; row++)
        {
            json.WriteStartObject();
            if (Target.Task != TaskKind.Regression)
                WriteClasses(json, row);
            else if (Outputs == 1)
                WriteNumber(json, "value", _answers[row]);
            else
                WriteValues(json, row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (_warnings.Count > 0)
        {
            json.WriteStartArray("warnings");
            foreach (var warning in _warnings)
                json.WriteStringValue(warning);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Names of the columns that <see cref="CellsOf"/> fills.</summary>
    public IReadOnlyList<string> ColumnNames => Target.Task != TaskKind.Regression
        ? ["prediction", .. Target.Labels.Select(label => $"probability_{label}")]
        : Outputs == 1 ? ["prediction"] : [.. Target.Columns.Select(column => $"prediction_{column}")];

    /// <summary>A row's prediction as cells of a table.</summary>
    public IEnumerable<string> CellsOf(int row)
    {
        if (Target.Task == TaskKind.Regression)
            return Enumerable.Range(0, Outputs).Select(k => Text(_answers[(row * Outputs) + k]));
        return [Target.Labels[LabelOf(row)], .. Enumerable.Range(0, Target.Labels.Count).Select(label => Text(ProbabilityOf(row, label)))];
    }

    private void WriteClasses(Utf8JsonWriter json, int row)
    {
        json.WriteString("label", Target.Labels[LabelOf(row)]);
        json.WriteStartObject("probabilities");
        for (var label = 0; label < Target.Labels.Count; label++)
            WriteNumber(json, Target.Labels[label], ProbabilityOf(row, label));
        json.WriteEndObject();
    }

    private void WriteValues(Utf8JsonWriter json, int row)
    {
        json.WriteStartObject("values");
        for (var k = 0; k < Outputs; k++)
            WriteNumber(json, Target.Columns[k], _answers[(row * Outputs) + k]);
        json.WriteEndObject();
    }

    // Two labels: the positive one from the threshold upwards. Otherwise the most probable one.
    private int LabelOf(int row)
    {
        if (Target.Task == TaskKind.BinaryClassification)
            return ProbabilityOf(row, Target.PositiveIndex) >= _threshold ? Target.PositiveIndex : 1 - Target.PositiveIndex;
        var best = 0;
        for (var k = 1; k < Outputs; k++)
            if (_answers[(row * Outputs) + k] > _answers[(row * Outputs) + best])
                best = k;
        return best;
    }

    private double ProbabilityOf(int row, int label)
    {
        if (Outputs > 1)
            return _answers[(row * Outputs) + label];
        return label == Target.PositiveIndex ? _answers[row] : 1 - _answers[row];
    }

    private void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (_loaded.Model.Description.Precision == Precision.Float32)
            json.WriteNumber(name, (float)value);
        else
            json.WriteNumber(name, value);
    }

    private string Text(double value) => _loaded.Model.Description.Precision == Precision.Float32 ? ((float)value).ToString("R") : value.ToString("R");
}
