using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>The answers of a model to some rows, and how they are written: labels and probabilities, or values in the targets' own units.</summary>
internal sealed class Predictions(LoadedModel loaded, double threshold)
{
    /// <summary>The threshold where nobody has asked for another.</summary>
    public const double EvenThreshold = LabelRule.EvenThreshold;

    private readonly bool _isSingle = loaded.Model.Description.AnswerPrecision == Precision.Float32;
    private double[] _answers = [];
    private long _asked;

    /// <summary>Number of rows asked about last.</summary>
    public int Rows { get; private set; }

    /// <summary>Asks the model about [rows, width of the features] encoded values; what was asked before is forgotten. Errors: <see cref="ProblemException"/> where an answer is not finite.</summary>
    public void Ask(ReadOnlySpan<double> values, int rows)
    {
        if (_answers.Length < rows * Outputs)
            _answers = new double[rows * Outputs];
        var answers = _answers.AsSpan(0, rows * Outputs);
        loaded.Model.Predict(values, rows, answers);
        for (var i = 0; i < answers.Length; i++)
            if (!double.IsFinite(answers[i]))
                throw Refusal.Exception(400, $"The prediction for row {_asked + (i / Outputs)} is too large for a number; check that row's values.", $"#/rows/{_asked + (i / Outputs)}");
        Rows = rows;
        _asked += rows;
    }

    /// <summary>What the answers mean.</summary>
    public TargetEncoding Target => loaded.Model.Description.Target;

    /// <summary>The answer of a regression for a row, in the target's own units.</summary>
    public double ValueOf(int row, int target) => _answers[(row * Outputs) + target];

    private int Outputs => loaded.Model.Outputs;

    /// <summary>Writes the whole answer to the rows asked about last.</summary>
    public void Write(Utf8JsonWriter json, IReadOnlyList<string> warnings)
    {
        WriteStart(json);
        WriteRows(json);
        WriteEnd(json, warnings);
    }

    /// <summary>Begins the answer as JSON.</summary>
    public void WriteStart(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString(AnswerNames.ModelProperty, loaded.Names.Model);
        json.WriteNumber(AnswerNames.Version, loaded.Version);
        json.WriteStartArray(AnswerNames.Predictions);
    }

    /// <summary>Writes the rows asked about last.</summary>
    public void WriteRows(Utf8JsonWriter json)
    {
        for (var row = 0; row < Rows; row++)
        {
            json.WriteStartObject();
            if (Target.Task != TaskKind.Regression)
                WriteClasses(json, row);
            else if (Outputs == 1)
                WriteNumber(json, AnswerNames.Value, _answers[row]);
            else
                WriteValues(json, row);
            json.WriteEndObject();
        }
    }

    /// <summary>Ends the answer.</summary>
    public static void WriteEnd(Utf8JsonWriter json, IReadOnlyList<string> warnings)
    {
        json.WriteEndArray();
        WriteWarnings(json, warnings);
        json.WriteEndObject();
    }

    /// <summary>Writes the warnings into an answer; nothing where there are none.</summary>
    public static void WriteWarnings(Utf8JsonWriter json, IReadOnlyList<string> warnings)
    {
        if (warnings.Count == 0)
            return;
        json.WriteStartArray("warnings");
        foreach (var warning in warnings)
            json.WriteStringValue(warning);
        json.WriteEndArray();
    }

    /// <summary>Names of the columns that <see cref="WriteCells"/> fills.</summary>
    public IReadOnlyList<string> ColumnNames => Target.Task != TaskKind.Regression
        ? ["prediction", .. Target.Labels.Select(label => $"probability_{label}")]
        : Outputs == 1 ? ["prediction"] : [.. Target.Columns.Select(column => $"prediction_{column}")];

    /// <summary>Writes a row's prediction as cells of a line of CSV.</summary>
    public void WriteCells(CsvWriter csv, int row)
    {
        if (Target.Task == TaskKind.Regression)
        {
            for (var k = 0; k < Outputs; k++)
                WriteNumber(csv, _answers[(row * Outputs) + k]);
            return;
        }

        csv.Cell(Target.Labels[LabelOf(row)]);
        for (var label = 0; label < Target.Labels.Count; label++)
            WriteNumber(csv, ProbabilityOf(row, label));
    }

    private void WriteClasses(Utf8JsonWriter json, int row)
    {
        var labels = loaded.Names.Labels;
        json.WriteString(AnswerNames.Label, labels[LabelOf(row)]);
        json.WriteStartObject(AnswerNames.Probabilities);
        for (var label = 0; label < labels.Count; label++)
            WriteNumber(json, labels[label], ProbabilityOf(row, label));
        json.WriteEndObject();
    }

    private void WriteValues(Utf8JsonWriter json, int row)
    {
        json.WriteStartObject(AnswerNames.Values);
        for (var k = 0; k < Outputs; k++)
            WriteNumber(json, loaded.Names.Columns[k], _answers[(row * Outputs) + k]);
        json.WriteEndObject();
    }

    /// <summary>Index of a row's label. A threshold is compared as probabilities are written: a float32 that reads 0.7 has reached 0.7.</summary>
    public int LabelOf(int row) =>
        LabelRule.Of<double>(_answers.AsSpan(row * Outputs, Outputs), Target.PositiveIndex, _isSingle ? (float)threshold : threshold);

    /// <summary>Probability of a label in a row.</summary>
    public double ProbabilityOf(int row, int label)
    {
        if (Outputs > 1)
            return _answers[(row * Outputs) + label];
        return label == Target.PositiveIndex ? _answers[row] : 1 - _answers[row];
    }

    /// <summary>Writes the rows asked about last without the name of a single value, as other servers do: <c>1.5</c> for <c>{"value": 1.5}</c>.</summary>
    public void WriteBareRows(Utf8JsonWriter json)
    {
        if (Target.Task != TaskKind.Regression || Outputs > 1)
        {
            WriteRows(json);
            return;
        }

        for (var row = 0; row < Rows; row++)
            if (_isSingle)
                json.WriteNumberValue((float)_answers[row]);
            else
                json.WriteNumberValue(_answers[row]);
    }

    private void WriteNumber(Utf8JsonWriter json, JsonEncodedText name, double value)
    {
        if (_isSingle)
            json.WriteNumber(name, (float)value);
        else
            json.WriteNumber(name, value);
    }

    private void WriteNumber(CsvWriter csv, double value)
    {
        if (_isSingle)
            csv.Cell((float)value);
        else
            csv.Cell(value);
    }
}
