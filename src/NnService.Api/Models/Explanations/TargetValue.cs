using System.Globalization;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Explanations;

/// <summary>The target of a single row as people write it: a label, a number, or several numbers.</summary>
internal static class TargetValue
{
    /// <summary>[outputs] as a loss reads it. Errors: <see cref="ProblemException"/>.</summary>
    public static double[] Encode(TrainedModel model, JsonElement? value)
    {
        var target = model.Description.Target;
        if (value is not { ValueKind: not JsonValueKind.Null } given)
            throw Refusal.Exception(400, $"target is missing; say what is true of the row: {Expected(target)}.", "#/target");
        if (target.Task == TaskKind.Regression)
            return Numbers(target, given);
        var label = IndexOfLabel(target, given, "#/target");
        var encoded = new double[model.Outputs];
        if (model.Outputs == 1)
            encoded[0] = label == target.PositiveIndex ? 1 : 0;
        else
            encoded[label] = 1;
        return encoded;
    }

    /// <summary>The index of a label. Errors: <see cref="ProblemException"/>.</summary>
    public static int IndexOfLabel(TargetEncoding target, JsonElement given, string pointer)
    {
        var text = given.ValueKind switch
        {
            JsonValueKind.String => given.GetString(),
            JsonValueKind.Number when target.Labels.Contains(given.GetRawText()) => given.GetRawText(), // digits that a float64 has not
            JsonValueKind.Number => given.GetDouble().ToString(CultureInfo.InvariantCulture),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };
        for (var i = 0; i < target.Labels.Count; i++)
            if (target.Labels[i] == text)
                return i;
        throw Refusal.Exception(400, $"The model knows no label {Echo.Cut(given.GetRawText())}; give {Expected(target)}.", pointer);
    }

    /// <summary>The index of a column that a regression predicts. Errors: <see cref="ProblemException"/>.</summary>
    public static int IndexOfColumn(TargetEncoding target, JsonElement given, string pointer) =>
        given.ValueKind == JsonValueKind.String && target.Columns.ToList().IndexOf(given.GetString()!) is >= 0 and var column
            ? column
            : throw Refusal.Exception(
                400, $"The model has no output {Echo.Cut(given.GetRawText())}; it predicts "
                    + $"{string.Join(", ", target.Columns.Select(known => $"\"{known}\""))}.", pointer);

    private static double[] Numbers(TargetEncoding target, JsonElement given)
    {
        var count = target.Columns.Count;
        if (given.ValueKind == JsonValueKind.Object)
            foreach (var member in given.EnumerateObject())
                if (!target.Columns.Contains(member.Name))
                    throw Refusal.Exception(
                        400, $"The model does not predict \"{Echo.Cut(member.Name)}\"; give {Expected(target)}.", $"#/target/{SpecJson.Escape(member.Name)}");
        if (given.ValueKind == JsonValueKind.Array && given.GetArrayLength() != count)
            throw Refusal.Exception(400, $"target has {given.GetArrayLength()} values; give {Expected(target)}.", "#/target");
        var encoded = new double[count];
        for (var i = 0; i < count; i++)
        {
            var (value, pointer) = given.ValueKind switch
            {
                JsonValueKind.Array => (given[i], $"#/target/{i}"),
                JsonValueKind.Object =>
                    (given.TryGetProperty(target.Columns[i], out var member) ? member : default, $"#/target/{SpecJson.Escape(target.Columns[i])}"),
                _ => (count == 1 ? given : default, "#/target"),
            };
            if (value.ValueKind != JsonValueKind.Number)
                throw Refusal.Exception(400, $"The target is not a number; give {Expected(target)}.", pointer);
            encoded[i] = target.EncodeValue(i, value.GetDouble());
            if (!double.IsFinite(encoded[i]))
                throw Refusal.Exception(
                    400, target.Log1p ? "The target must be a number greater than -1: it was trained with log1p." : "The number is too large.", pointer);
        }

        return encoded;
    }

    private static string Expected(TargetEncoding target) =>
        target.Task != TaskKind.Regression ? $"one of the labels {string.Join(", ", target.Labels.Select(label => $"\"{label}\""))}"
        : target.Columns.Count == 1 ? $"a number, the value of \"{target.Columns[0]}\""
        : $"numbers for {string.Join(", ", target.Columns.Select(column => $"\"{column}\""))}, as an object or in this order as an array";
}
