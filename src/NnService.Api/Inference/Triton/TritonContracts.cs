using System.Text.Json.Serialization;

namespace NnService.Api.Inference.Triton;

/// <summary>Which models the index is to list.</summary>
public sealed record RepositoryIndexRequest
{
    /// <summary>Whether only those that can be asked; left out: all.</summary>
    public bool? Ready { get; init; }
}

/// <summary>A version in the index.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version.</param>
/// <param name="State"><c>READY</c>, or <c>UNAVAILABLE</c> where the service cannot serve.</param>
/// <param name="Reason">Why it is unavailable; empty where it is not.</param>
public sealed record RepositoryModel(string Name, string Version, string State, string Reason);

/// <summary>A model's configuration, as Triton's <c>ModelConfig</c> writes it.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Platform">What computes it.</param>
/// <param name="Backend">The same.</param>
/// <param name="VersionPolicy">Which versions can be asked: all.</param>
/// <param name="MaxBatchSize">Rows that a request may have at the most; the first length of every tensor is their number, and stands in no <c>dims</c>.</param>
/// <param name="Input">The tensors it takes.</param>
/// <param name="Output">The tensors it gives.</param>
/// <param name="Parameters">What the columns of tensors are: <c>columns</c> and <c>labels</c>, each a JSON array as text.</param>
public sealed record ModelConfiguration(
    string Name,
    string Platform,
    string Backend,
    [property: JsonPropertyName("version_policy")] VersionPolicy VersionPolicy,
    [property: JsonPropertyName("max_batch_size")] int MaxBatchSize,
    IReadOnlyList<InputConfiguration> Input,
    IReadOnlyList<OutputConfiguration> Output,
    IReadOnlyDictionary<string, ParameterConfiguration> Parameters);

/// <summary>Which versions can be asked.</summary>
/// <param name="All">Empty: all of them.</param>
public sealed record VersionPolicy(AllVersions All);

/// <summary>All versions.</summary>
public sealed record AllVersions;

/// <summary>A tensor that a model takes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">The type of its elements, as <c>TYPE_FP32</c>.</param>
/// <param name="Format">Always <c>FORMAT_NONE</c>.</param>
/// <param name="Dims">Its lengths without that of the batch.</param>
/// <param name="IsShapeTensor">Always false.</param>
/// <param name="AllowRaggedBatch">Always false.</param>
/// <param name="Optional">Always false.</param>
public sealed record InputConfiguration(
    string Name,
    [property: JsonPropertyName("data_type")] string DataType,
    string Format,
    IReadOnlyList<int> Dims,
    [property: JsonPropertyName("is_shape_tensor")] bool IsShapeTensor,
    [property: JsonPropertyName("allow_ragged_batch")] bool AllowRaggedBatch,
    bool Optional);

/// <summary>A tensor that a model gives.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">The type of its elements, as <c>TYPE_FP32</c>.</param>
/// <param name="Dims">Its lengths without that of the batch.</param>
/// <param name="LabelFilename">Always empty: the labels stand in the parameters.</param>
/// <param name="IsShapeTensor">Always false.</param>
public sealed record OutputConfiguration(
    string Name,
    [property: JsonPropertyName("data_type")] string DataType,
    IReadOnlyList<int> Dims,
    [property: JsonPropertyName("label_filename")] string LabelFilename,
    [property: JsonPropertyName("is_shape_tensor")] bool IsShapeTensor);

/// <summary>A parameter.</summary>
/// <param name="StringValue">Its value.</param>
public sealed record ParameterConfiguration([property: JsonPropertyName("string_value")] string StringValue);

/// <summary>What versions were asked since the process began.</summary>
/// <param name="ModelStats">One for each version.</param>
public sealed record StatisticsResponse([property: JsonPropertyName("model_stats")] IReadOnlyList<VersionStatistics> ModelStats);

/// <summary>What a version was asked since the process began, at whichever door.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version.</param>
/// <param name="LastInference">When it was asked last, in milliseconds since 1970; 0: never.</param>
/// <param name="InferenceCount">Rows that were answered.</param>
/// <param name="ExecutionCount">Batches that were computed for them.</param>
/// <param name="InferenceStats">Requests and their times.</param>
/// <param name="BatchStats">Batches and their times, by their rows.</param>
public sealed record VersionStatistics(
    string Name,
    string Version,
    [property: JsonPropertyName("last_inference")] long LastInference,
    [property: JsonPropertyName("inference_count")] long InferenceCount,
    [property: JsonPropertyName("execution_count")] long ExecutionCount,
    [property: JsonPropertyName("inference_stats")] InferenceStatistics InferenceStats,
    [property: JsonPropertyName("batch_stats")] IReadOnlyList<BatchStatistics> BatchStats);

/// <summary>Requests, and how long they took.</summary>
/// <param name="Success">Those that were answered: the sum of the stages below.</param>
/// <param name="Fail">Those that were refused after their model was found, or that failed.</param>
/// <param name="Queue">Waiting for a worker.</param>
/// <param name="ComputeInput">Reading and encoding rows.</param>
/// <param name="ComputeInfer">Computing.</param>
/// <param name="ComputeOutput">Writing answers.</param>
/// <param name="CacheHit">None: answers are not cached.</param>
/// <param name="CacheMiss">None.</param>
public sealed record InferenceStatistics(
    DurationStatistic Success,
    DurationStatistic Fail,
    DurationStatistic Queue,
    [property: JsonPropertyName("compute_input")] DurationStatistic ComputeInput,
    [property: JsonPropertyName("compute_infer")] DurationStatistic ComputeInfer,
    [property: JsonPropertyName("compute_output")] DurationStatistic ComputeOutput,
    [property: JsonPropertyName("cache_hit")] DurationStatistic CacheHit,
    [property: JsonPropertyName("cache_miss")] DurationStatistic CacheMiss);

/// <summary>Batches of the same number of rows.</summary>
/// <param name="BatchSize">Rows of a batch.</param>
/// <param name="ComputeInput">Reading and encoding rows.</param>
/// <param name="ComputeInfer">Computing.</param>
/// <param name="ComputeOutput">Writing answers.</param>
public sealed record BatchStatistics(
    [property: JsonPropertyName("batch_size")] int BatchSize,
    [property: JsonPropertyName("compute_input")] DurationStatistic ComputeInput,
    [property: JsonPropertyName("compute_infer")] DurationStatistic ComputeInfer,
    [property: JsonPropertyName("compute_output")] DurationStatistic ComputeOutput);

/// <summary>How often, and how long together.</summary>
/// <param name="Count">How often.</param>
/// <param name="Nanoseconds">How long, in nanoseconds.</param>
public sealed record DurationStatistic(long Count, [property: JsonPropertyName("ns")] long Nanoseconds);
