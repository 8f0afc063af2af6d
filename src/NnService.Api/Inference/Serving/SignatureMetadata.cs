using NnService.Api.Inference.Tensors;
using NnService.Api.Models;

namespace NnService.Api.Inference.Serving;

/// <summary>Says of a model what TensorFlow Serving's metadata say.</summary>
internal static class SignatureMetadata
{
    private const string Signature = "serving_default";
    private const string Method = "tensorflow/serving/predict";

    /// <summary>The metadata.</summary>
    public static ServingMetadata Of(LoadedModel loaded)
    {
        var signature = new ModelSignature(loaded);
        var inputs = signature.Columns.ToDictionary(column => column.Name, column => Tensor(column.Name, signature.DatatypeOf(column).Name, [-1]));
        // In columns a tensor [rows, 1] is a list of values.
        var outputs = signature.Outputs.ToDictionary(
            tensor => tensor.Name,
            tensor => Tensor(tensor.Name, tensor.Datatype, tensor.Name == ModelSignature.Probabilities && tensor.Parameters is not null ? tensor.Shape : [-1]));
        return new ServingMetadata(
            new ServingModelSpec(loaded.Name, "", loaded.Version.ToString()),
            new ServingSignatures(new ServingSignatureMap(
                new Dictionary<string, ServingSignature> { [Signature] = new(inputs, outputs, Method) })));
    }

    private static ServingTensor Tensor(string name, string datatype, IReadOnlyList<int> shape) =>
        new(TypeOf(datatype), new ServingShape([.. shape.Select(length => new ServingLength(length.ToString(), ""))], UnknownRank: false), name);

    // Of the types in which a model takes and gives numbers.
    private static string TypeOf(string datatype) => datatype switch
    {
        "FP32" => "DT_FLOAT",
        "FP64" => "DT_DOUBLE",
        "BYTES" => "DT_STRING",
        _ => $"DT_{datatype}", // BOOL
    };
}
