using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NnService.Api.Models.Explanations;

namespace NnService.Api.Inference;

// Bodies of the doors whose form others have fixed. They are read and written by hand: these are their descriptions.

/// <summary>Tensors to infer from.</summary>
/// <param name="Id">Comes back with the answer.</param>
/// <param name="Inputs">The tensors.</param>
/// <param name="Outputs">The outputs wanted; left out: all of them.</param>
/// <param name="Parameters">Comes back with the answer; <c>binary_data_output</c>: outputs are bytes behind the JSON.</param>
public sealed record InferenceRequest(
    string? Id, [property: Required] IReadOnlyList<InferenceInput> Inputs, IReadOnlyList<InferenceOutput>? Outputs, JsonObject? Parameters);

/// <summary>A tensor to infer from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">The type of its elements.</param>
/// <param name="Shape">Its lengths, the number of rows first.</param>
/// <param name="Data">Its elements, flat or nested; left out where they are bytes behind the JSON.</param>
/// <param name="Parameters"><c>binary_data_size</c>: so many bytes behind the JSON are its elements.</param>
public sealed record InferenceInput(
    [property: Required] string Name, [property: Required] string Datatype, [property: Required] IReadOnlyList<long> Shape,
    IReadOnlyList<JsonElement>? Data, JsonObject? Parameters);

/// <summary>An output wanted.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parameters"><c>binary_data</c>: as bytes behind the JSON.</param>
public sealed record InferenceOutput([property: Required] string Name, JsonObject? Parameters);

/// <summary>What a model has inferred.</summary>
public sealed record InferenceResponse
{
    /// <summary>The model's name.</summary>
    [JsonPropertyName("model_name")]
    public required string ModelName { get; init; }

    /// <summary>Its version.</summary>
    [JsonPropertyName("model_version")]
    public required string ModelVersion { get; init; }

    /// <summary>That of the request; left out where it had none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    /// <summary>Those of the request; left out where it had none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Parameters { get; init; }

    /// <summary>The outputs.</summary>
    public required IReadOnlyList<InferredTensor> Outputs { get; init; }

    /// <summary>Categories that training had not seen; left out where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>An output.</summary>
public sealed record InferredTensor
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The type of its elements.</summary>
    public required string Datatype { get; init; }

    /// <summary>Its lengths, the number of rows first.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>Its elements, flat; left out where they are bytes behind the JSON.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JsonElement>? Data { get; init; }

    /// <summary><c>binary_data_size</c>: so many bytes behind the JSON are its elements; otherwise left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Parameters { get; init; }
}

/// <summary>Rows or columns to predict from, as TensorFlow Serving has them: one of the two.</summary>
public sealed record ServingPredictRequest
{
    /// <summary>Passed over: a model has one signature.</summary>
    [JsonPropertyName("signature_name")]
    public string? SignatureName { get; init; }

    /// <summary>Rows: arrays, objects, or single values where there is one feature.</summary>
    public IReadOnlyList<JsonElement>? Instances { get; init; }

    /// <summary>An array for each column by name, or the one column alone.</summary>
    public JsonElement? Inputs { get; init; }
}

/// <summary>Predictions as TensorFlow Serving has them: one of the two.</summary>
public sealed record ServingPredictResponse
{
    /// <summary>For rows, one each: an object, or a bare number in a regression with one output.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JsonElement>? Predictions { get; init; }

    /// <summary>For columns: an array for each output by name, or the one output alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Outputs { get; init; }

    /// <summary>Categories that training had not seen; left out where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Predictions and their explanations, as KServe has them.</summary>
public sealed record ServingExplainResponse
{
    /// <summary>For each row an object, or a bare number in a regression with one output.</summary>
    public required IReadOnlyList<JsonElement> Predictions { get; init; }

    /// <summary>For each row what each column has to do with its prediction.</summary>
    public required IReadOnlyList<ExplainResponse> Explanations { get; init; }

    /// <summary>Categories that training had not seen; left out where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Rows to classify or to predict a number for, as TensorFlow Serving has them.</summary>
public sealed record ServingExamplesRequest
{
    /// <summary>Passed over: a model has one signature.</summary>
    [JsonPropertyName("signature_name")]
    public string? SignatureName { get; init; }

    /// <summary>Values that all rows share.</summary>
    public JsonObject? Context { get; init; }

    /// <summary>Rows as objects.</summary>
    [Required]
    public required IReadOnlyList<JsonObject> Examples { get; init; }
}

/// <summary>Labels with their probabilities, or numbers, as TensorFlow Serving has them.</summary>
public sealed record ServingResultResponse
{
    /// <summary>For each row pairs of a label and its probability, or a number.</summary>
    public required IReadOnlyList<JsonElement> Results { get; init; }

    /// <summary>Categories that training had not seen; left out where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Rows to predict as MLflow and SageMaker send them: one of the four. NaN stands for a missing number.</summary>
public sealed record InvocationsRequest
{
    /// <summary>The columns' names once, and the rows as arrays.</summary>
    [JsonPropertyName("dataframe_split")]
    public DataframeSplit? DataframeSplit { get; init; }

    /// <summary>Rows as objects.</summary>
    [JsonPropertyName("dataframe_records")]
    public IReadOnlyList<JsonObject>? DataframeRecords { get; init; }

    /// <summary>Rows: arrays, objects, or single values where there is one feature.</summary>
    public IReadOnlyList<JsonElement>? Instances { get; init; }

    /// <summary>An array for each column by name, or rows.</summary>
    public JsonElement? Inputs { get; init; }

    /// <summary>Passed over, with a warning: models take none.</summary>
    public JsonObject? Params { get; init; }
}

/// <summary>A pandas frame in its form <c>split</c>.</summary>
/// <param name="Columns">The columns' names.</param>
/// <param name="Index">Passed over.</param>
/// <param name="Data">The rows.</param>
public sealed record DataframeSplit(
    IReadOnlyList<string>? Columns, IReadOnlyList<JsonElement>? Index, [property: Required] IReadOnlyList<IReadOnlyList<JsonElement>> Data);

/// <summary>Predictions as MLflow has them.</summary>
public sealed record InvocationsResponse
{
    /// <summary>For each row an object, or a bare number in a regression with one output.</summary>
    public required IReadOnlyList<JsonElement> Predictions { get; init; }

    /// <summary>Categories that training had not seen, and what was passed over; left out where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}
