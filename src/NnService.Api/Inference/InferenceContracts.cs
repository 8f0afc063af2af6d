using System.Text.Json.Serialization;

namespace NnService.Api.Inference;

/// <summary>The server.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Extensions">The extensions of the protocol it speaks.</param>
public sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>Whether the server lives.</summary>
/// <param name="Live">Always true: a dead one does not answer.</param>
public sealed record ServerLive(bool Live);

/// <summary>Whether the server can answer.</summary>
/// <param name="Live">Always true.</param>
/// <param name="Ready">Always true: otherwise the answer is 503.</param>
public sealed record ServerReady(bool Live, bool Ready);

/// <summary>Whether a model can answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ready">Always true: otherwise the answer is 404 or 503.</param>
public sealed record ModelReady(string Name, bool Ready);

/// <summary>A model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">Its versions, oldest first.</param>
/// <param name="Platform">What computes it.</param>
/// <param name="Inputs">The tensors it takes.</param>
/// <param name="Outputs">The tensors it gives.</param>
public sealed record ModelMetadata(
    string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs);

/// <summary>A tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">The type of its elements.</param>
/// <param name="Shape">Its lengths; -1 stands for the number of rows.</param>
public sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<int> Shape)
{
    /// <summary>What its columns are; left out where there is one column.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TensorNotes? Parameters { get; init; }
}

/// <summary>What the columns of a tensor are.</summary>
public sealed record TensorNotes
{
    /// <summary>The features, in the order of the columns.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The labels, in the order of the columns.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Labels { get; init; }
}
