using System.Text.Json;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Engine.Export;

/// <summary>The test vectors of an exported document, asked of the model that was made from it.</summary>
public static class TestVectors
{
    private const double Bound = 1e-6; // a tool that has written the document again may have left digits out

    /// <summary>What does not come out; null: every vector does.</summary>
    /// <param name="model">The model.</param>
    /// <param name="vectors">The document's member, from anywhere.</param>
    /// <param name="pointer">Where it stands.</param>
    public static SpecProblem? Problem(TrainedModel model, JsonElement vectors, string pointer)
    {
        ArgumentNullException.ThrowIfNull(model);
        var inputs = ExportInput.Of(model.Description.Features);
        var answers = model.Description.Target.Labels.Count > 0 ? "probabilities" : "values";
        if (ArrayOf(vectors, "rows") is not [_, ..] rows || rows.Count > ExportSource.VectorCount
            || ArrayOf(vectors, answers) is not { } told || told.Count != rows.Count)
        {
            return new SpecProblem(
                pointer, $"testVectors must have at most {ExportSource.VectorCount} rows and as many {answers}; post the document as it was exported.");
        }

        var labels = ArrayOf(vectors, "labels");
        for (var i = 0; i < rows.Count; i++)
        {
            if (Encode(model.Description.Features, inputs, rows[i]) is not { } encoded)
                return new SpecProblem($"{pointer}/rows/{i}", "The row is not one that the model takes; post the document as it was exported.");
            var found = new double[model.Outputs];
            model.Predict(encoded, 1, found);
            var results = ExportResults.Of(model, found);
            if (Told(model, results.Columns, told[i], i < labels?.Count ? labels[i] : null) is not { } expected
                || !(results.DifferenceFrom(expected, model.Description.Target) <= Bound))
            {
                return new SpecProblem(
                    $"{pointer}/{answers}/{i}",
                    $"The document's model answers this row of its test vectors with {string.Join(", ", results.Values)}, not with what stands here: something has been "
                        + "changed since it was exported. Post it as it was, or leave out testVectors and manifest, which are not this model's.");
            }
        }

        return null;
    }

    // [width]; null where the row is none of the model's.
    private static double[]? Encode(FeatureEncoding features, IReadOnlyList<ExportInput> inputs, JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Array || row.GetArrayLength() != inputs.Count)
            return null;
        var encoded = new double[features.Width];
        foreach (var (input, value) in inputs.Zip(row.EnumerateArray()))
        {
            var (column, isMissing) = (input.Column, value.ValueKind == JsonValueKind.Null);
            if (input.Part is { } part)
            {
                if (isMissing ? features.Missing == MissingCells.Error : value.ValueKind != JsonValueKind.Number)
                    return null;
                encoded[input.Offset] = isMissing ? 0 : (value.GetDouble() - part.Shift) / part.Scale;
                if (input.HasIndicator)
                    encoded[input.Offset + input.Values] = isMissing ? 1 : 0;
            }
            else if (CellEncoder.Encode(
                column, CellOf(column, value), features.Missing, features.Notation ?? CellNotation.Default, encoded.AsSpan(column.Offset, column.Width), null) is not null)
            {
                return null;
            }
        }

        return encoded;
    }

    // A text is one of an export's, as in ExportRows.
    private static Cell CellOf(FeatureColumn column, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => Cell.Of(value.GetDouble()),
        JsonValueKind.True or JsonValueKind.False => Cell.Of(value.GetBoolean()),
        JsonValueKind.String when column.Type == ColumnType.Category => Cell.OfCsv(value.GetString()!),
        JsonValueKind.String => Cell.Of(value.GetString()!),
        _ => Cell.Missing,
    };

    // What the document says the answer is; null where it is no answer of the model.
    private static ExportResults? Told(TrainedModel model, int columns, JsonElement values, JsonElement? label)
    {
        var target = model.Description.Target;
        if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() != columns
            || values.EnumerateArray().Any(value => value.ValueKind != JsonValueKind.Number))
        {
            return null;
        }

        double[] numbers = [.. values.EnumerateArray().Select(value => ExportResults.Round(model.Description.AnswerPrecision, value.GetDouble()))];
        if (target.Labels.Count == 0)
            return new ExportResults(columns, numbers, []);
        var index = label is { ValueKind: JsonValueKind.String } text ? target.Labels.ToList().IndexOf(text.GetString()!) : -1;
        return index < 0 ? null : new ExportResults(columns, numbers, [index]);
    }

    private static List<JsonElement>? ArrayOf(JsonElement vectors, string name) =>
        vectors.ValueKind == JsonValueKind.Object && vectors.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? [.. array.EnumerateArray()]
            : null;
}
