using System.Text.Json.Nodes;
using NnService.Engine;

namespace NnService.Api.Models;

/// <summary>The numbers of a model, layer by layer, as JSON: matrices as rows, vectors flat.</summary>
internal static class ModelLayers
{
    public static IReadOnlyList<JsonObject> Of(TrainedModel model)
    {
        var layers = model.Description.Network.Layers.Select(layer => new JsonObject { ["type"] = layer.Type }).ToArray();
        var isSingle = model.Description.Precision == Precision.Float32;
        foreach (var (slice, values) in model.ReadParameters())
        {
            // "layers[2].weights" → layer 2, "weights"
            var close = slice.Name.IndexOf(']', StringComparison.Ordinal);
            var layer = layers[int.Parse(slice.Name.AsSpan(7, close - 7))];
            JsonArray Row(int row) => [.. values.Skip(row * slice.Columns).Take(slice.Columns).Select(value => Number(value, isSingle))];
            layer[slice.Name[(close + 2)..]] = slice.IsMatrix
                ? new JsonArray([.. Enumerable.Range(0, slice.Rows).Select(Row)])
                : Row(0);
        }

        return layers;
    }

    // float32 in its shortest form
    private static JsonValue Number(double value, bool isSingle) => isSingle ? JsonValue.Create((float)value) : JsonValue.Create(value);
}
