using System.Text.Json;
using NnService.Api.Inference.Tensors;
using NnService.Api.Models;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Triton;

/// <summary>Says of a model what Triton's configuration says.</summary>
internal static class TritonConfiguration
{
    private const int BytesOfAValue = 32; // as JSON, and more than as bytes; of a text so short that a row of them has room

    /// <summary>The configuration.</summary>
    public static ModelConfiguration Of(LoadedModel loaded, InferenceLimits limits)
    {
        var signature = new ModelSignature(loaded);
        return new ModelConfiguration(
            loaded.Name,
            InferenceEndpoints.Platform,
            InferenceEndpoints.Platform,
            new VersionPolicy(new AllVersions()),
            MostRows(loaded, limits),
            [.. signature.Inputs.Select(tensor => new InputConfiguration(
                tensor.Name, TypeOf(tensor), "FORMAT_NONE", DimsOf(tensor), IsShapeTensor: false, AllowRaggedBatch: false, Optional: false))],
            [.. signature.Outputs.Select(tensor => new OutputConfiguration(tensor.Name, TypeOf(tensor), DimsOf(tensor), "", IsShapeTensor: false))],
            ParametersOf(signature));
    }

    // As many as fit into a body and into an answer, written in either way.
    private static int MostRows(LoadedModel loaded, InferenceLimits limits)
    {
        var ofBody = limits.MaxBytes / ((long)BytesOfAValue * loaded.Model.Description.Features.Columns.Count);
        return (int)Math.Clamp(Math.Min(ofBody, limits.MaxAnswers / TensorAnswer.NumbersPerRow(loaded)), 1, int.MaxValue);
    }

    // Triton calls texts strings here, and BYTES everywhere else.
    private static string TypeOf(TensorMetadata tensor) => tensor.Datatype == Datatype.Bytes.Name ? "TYPE_STRING" : $"TYPE_{tensor.Datatype}";

    private static int[] DimsOf(TensorMetadata tensor) => [.. tensor.Shape.Skip(1)];

    private static Dictionary<string, ParameterConfiguration> ParametersOf(ModelSignature signature)
    {
        var parameters = new Dictionary<string, ParameterConfiguration>();
        foreach (var notes in signature.Inputs.Concat(signature.Outputs).Select(tensor => tensor.Parameters))
        {
            if (notes?.Columns is { } columns)
                parameters["columns"] = Text(columns);
            if (notes?.Labels is { } labels)
                parameters["labels"] = Text(labels);
        }

        return parameters;
    }

    private static ParameterConfiguration Text(IReadOnlyList<string> names) => new(JsonSerializer.Serialize(names, SpecJson.Options));
}
