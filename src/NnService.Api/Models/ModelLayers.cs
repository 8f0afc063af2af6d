using System.Text.Json.Nodes;
using NnService.Engine;

namespace NnService.Api.Models;

/// <summary>The numbers of a model, untrained state such as running statistics included, layer by layer, as JSON: matrices as rows, vectors flat; what members have for themselves, member by member.</summary>
internal static class ModelLayers
{
    public static IReadOnlyList<JsonObject> Of(TrainedModel model)
    {
        var layers = model.Description.Network.Layers.Select(layer => new JsonObject { ["type"] = layer.Type }).ToArray();
        var isSingle = model.Description.Precision == Precision.Float32;
        var numbers = model.ReadNumbers();
        foreach (var slice in model.Slices)
        {
            // "layers[2].weights" → layer 2, "weights"
            var close = slice.Name.IndexOf(']', StringComparison.Ordinal);
            var layer = layers[int.Parse(slice.Name.AsSpan(7, close - 7))];
            layer[slice.Name[(close + 2)..]] = Arrays(numbers.AsSpan(slice.Offset, slice.Count), [.. slice.Shape], isSingle);
        }

        return layers;
    }

    private static JsonArray Arrays(ReadOnlySpan<double> values, ReadOnlySpan<int> shape, bool isSingle)
    {
        var array = new JsonArray();
        var length = values.Length / shape[0];
        for (var i = 0; i < shape[0]; i++)
            array.Add((JsonNode?)(shape.Length == 1 ? Number(values[i], isSingle) : Arrays(values.Slice(i * length, length), shape[1..], isSingle)));
        return array;
    }

    // float32 in its shortest form
    private static JsonValue Number(double value, bool isSingle) => isSingle ? JsonValue.Create((float)value) : JsonValue.Create(value);
}
