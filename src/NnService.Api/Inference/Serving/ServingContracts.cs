using System.Text.Json.Serialization;

namespace NnService.Api.Inference.Serving;

/// <summary>A model's versions as TensorFlow Serving tells them, with what KServe asks for beside.</summary>
/// <param name="Versions">The versions that can be asked, the latest first.</param>
/// <param name="Name">The model's name.</param>
/// <param name="Ready">Always true: otherwise the answer is 404 or 503.</param>
public sealed record ServingStatus([property: JsonPropertyName("model_version_status")] IReadOnlyList<ServingVersion> Versions, string Name, bool Ready);

/// <summary>Whether a version can be asked.</summary>
/// <param name="Version">Its number.</param>
/// <param name="State">Always <c>AVAILABLE</c>.</param>
/// <param name="Status">Always OK.</param>
public sealed record ServingVersion(string Version, string State, ServingCode Status);

/// <summary>What went wrong: nothing.</summary>
/// <param name="ErrorCode">Always <c>OK</c>.</param>
/// <param name="ErrorMessage">Always empty.</param>
public sealed record ServingCode(
    [property: JsonPropertyName("error_code")] string ErrorCode, [property: JsonPropertyName("error_message")] string ErrorMessage);

/// <summary>All models, as KServe lists them.</summary>
/// <param name="Models">Their names.</param>
public sealed record ServedModels(IReadOnlyList<string> Models);

/// <summary>The tensors of a model, as TensorFlow Serving tells them.</summary>
/// <param name="ModelSpec">Which model.</param>
/// <param name="Metadata">Its tensors.</param>
public sealed record ServingMetadata([property: JsonPropertyName("model_spec")] ServingModelSpec ModelSpec, ServingSignatures Metadata);

/// <summary>A version of a model.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="SignatureName">Always empty.</param>
/// <param name="Version">The version.</param>
public sealed record ServingModelSpec(string Name, [property: JsonPropertyName("signature_name")] string SignatureName, string Version);

/// <summary>The signatures of a model.</summary>
/// <param name="SignatureDef">The signatures.</param>
public sealed record ServingSignatures([property: JsonPropertyName("signature_def")] ServingSignatureMap SignatureDef);

/// <summary>Signatures by name.</summary>
/// <param name="SignatureDef">One, <c>serving_default</c>: every name of a signature stands for it.</param>
public sealed record ServingSignatureMap(
    [property: JsonPropertyName("signature_def")] IReadOnlyDictionary<string, ServingSignature> SignatureDef);

/// <summary>What goes in and comes out.</summary>
/// <param name="Inputs">The features by name.</param>
/// <param name="Outputs">The targets by name, or <c>label</c> and <c>probabilities</c>.</param>
/// <param name="MethodName">What is done.</param>
public sealed record ServingSignature(
    IReadOnlyDictionary<string, ServingTensor> Inputs,
    IReadOnlyDictionary<string, ServingTensor> Outputs,
    [property: JsonPropertyName("method_name")] string MethodName);

/// <summary>A tensor.</summary>
/// <param name="DType">The type of its elements, as <c>DT_FLOAT</c>.</param>
/// <param name="TensorShape">Its lengths.</param>
/// <param name="Name">Its name.</param>
public sealed record ServingTensor(
    [property: JsonPropertyName("dtype")] string DType, [property: JsonPropertyName("tensor_shape")] ServingShape TensorShape, string Name);

/// <summary>The lengths of a tensor.</summary>
/// <param name="Dim">One for each dimension.</param>
/// <param name="UnknownRank">Always false.</param>
public sealed record ServingShape(IReadOnlyList<ServingLength> Dim, [property: JsonPropertyName("unknown_rank")] bool UnknownRank);

/// <summary>A length.</summary>
/// <param name="Size">The length as text; -1 stands for the number of rows.</param>
/// <param name="Name">Always empty.</param>
public sealed record ServingLength(string Size, string Name);
