using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NnService.Engine.Kernels;

namespace NnService.Engine.Export;

/// <summary>What an export is made from.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Model">The model.</param>
/// <param name="Rows">Rows to measure parity on; every so many of them is a test vector.</param>
/// <param name="Manifest">What travels with the file: where the model comes from, and how it was measured.</param>
public sealed record ExportSource(string Name, TrainedModel Model, ExportRows Rows, JsonObject Manifest)
{
    /// <summary>Test vectors in every export.</summary>
    internal const int VectorCount = 16;

    private readonly Lazy<ExportResults> _expected = new(() => ExportResults.Of(Model, Rows));

    /// <summary>The values a row consists of.</summary>
    internal IReadOnlyList<ExportInput> Inputs { get; } = ExportInput.Of(Model.Description.Features);

    /// <summary>The model's own answers to <see cref="Rows"/>.</summary>
    internal ExportResults Expected => _expected.Value;

    /// <summary>Whether numbers are float32.</summary>
    internal bool IsSingle => Model.Description.Precision == Precision.Float32;

    /// <summary>Whether answers are float32.</summary>
    internal bool AnswersAreSingle => Model.Description.AnswerPrecision == Precision.Float32;

    /// <summary>How far the model's answers are from those of the same numbers in the other precision, by <see cref="ExportResults.DifferenceFrom"/>.</summary>
    internal double Rounding()
    {
        var description = Model.Description with { Precision = IsSingle ? Precision.Float64 : Precision.Float32, Baselines = null, Conformal = null };
        var numbers = Model.ReadNumbers();
        var singles = Array.ConvertAll(numbers, number => (float)number);
        if (!Reductions.AllFinite<float>(singles))
            return double.PositiveInfinity;
        var other = TrainedModel.Create(description, (IsSingle ? MemoryMarshal.AsBytes<double>(numbers) : MemoryMarshal.AsBytes<float>(singles)).ToArray());
        var inputs = Array.ConvertAll(Rows.Encode(), input => (double)(float)input);
        var answers = new double[Rows.Rows.Count * other.Outputs];
        other.Predict(inputs, Rows.Rows.Count, answers);
        return Expected.DifferenceFrom(ExportResults.Of(other, answers), description.Target);
    }

    /// <summary>Names of the answer's columns: labels, or targets.</summary>
    internal IReadOnlyList<string> ResultNames =>
        Model.Description.Target.Labels is { Count: > 0 } labels ? labels : Model.Description.Target.Columns;

    /// <summary>
    /// Indexes of the rows that are test vectors: evenly over those whose answers are numbers. Errors: <see cref="ExportException"/> where there are none.
    /// </summary>
    internal IEnumerable<int> VectorRows
    {
        get
        {
            int[] finite = [.. Enumerable.Range(0, Expected.Rows).Where(row => Reductions.AllFinite(Expected.Values.AsSpan(row * Expected.Columns, Expected.Columns)))];
            if (finite.Length == 0)
                throw new ExportException(
                    $"The model's answers are too large for numbers on all {Expected.Rows} rows that an export is compared on; it has nothing to take away.");
            var count = Math.Min(VectorCount, finite.Length);
            return Enumerable.Range(0, count).Select(i => finite[i * finite.Length / count]);
        }
    }

    /// <summary>The test vectors: raw rows (null: missing) and the model's answers.</summary>
    internal JsonObject Vectors()
    {
        var (rows, values, labels) = (new JsonArray(), new JsonArray(), new JsonArray());
        foreach (var row in VectorRows)
        {
            rows.Add(new JsonArray([.. Inputs.Select(input => Raw(input, row))]));
            values.Add(new JsonArray([.. Enumerable.Range(row * Expected.Columns, Expected.Columns).Select(i => Number(Expected.Values[i]))]));
            if (Expected.Labels.Length > 0)
                labels.Add(ResultNames[Expected.Labels[row]]);
        }

        var vectors = new JsonObject
        {
            ["inputs"] = new JsonArray([.. Inputs.Select(input => JsonValue.Create(input.Name))]),
            ["rows"] = rows,
            ["outputs"] = new JsonArray([.. ResultNames.Select(name => JsonValue.Create(name))]),
            [labels.Count > 0 ? "probabilities" : "values"] = values,
        };
        if (labels.Count > 0)
            vectors["labels"] = labels;
        return vectors;
    }

    /// <summary>A number of an answer in its shortest form.</summary>
    internal JsonNode Number(double value) => AnswersAreSingle ? JsonValue.Create((float)value) : JsonValue.Create(value);

    private JsonNode? Raw(ExportInput input, int row)
    {
        var cell = Rows.Rows[row][input.ColumnIndex];
        if (cell.Kind == Data.CellKind.Missing || (input.IsText && input.IsMissing(cell)))
            return null; // a text that is missing here may be a word in a row of JSON
        return input.IsText ? ExportInput.TextOf(cell) : input.IsBoolean ? JsonValue.Create(cell.Number != 0) : JsonValue.Create(input.NumberOf(cell));
    }
}
