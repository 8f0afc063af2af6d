namespace NnService.Api.Keeping;

/// <summary>What takes the room in the data folder.</summary>
/// <param name="Bytes">All of it.</param>
/// <param name="FreeBytes">Left on the disk for the service's user.</param>
/// <param name="Kinds">By kind, the largest first.</param>
/// <param name="Datasets">The largest datasets: upload and columns.</param>
/// <param name="Models">The models whose versions are largest together; part of the database.</param>
/// <param name="Histories">The training jobs with the longest histories; part of the database.</param>
/// <param name="Checkpoints">The training jobs under way with the largest checkpoints.</param>
/// <param name="Elsewhere">What is kept outside of the data folder; null: nothing is.</param>
public sealed record StorageResponse(
    long Bytes,
    long FreeBytes,
    IReadOnlyList<StoredKind> Kinds,
    IReadOnlyList<StoredItem> Datasets,
    IReadOnlyList<StoredItem> Models,
    IReadOnlyList<StoredItem> Histories,
    IReadOnlyList<StoredItem> Checkpoints,
    StoredElsewhere? Elsewhere);

/// <summary>What is kept outside of the data folder, where other nodes may read and write it too.</summary>
/// <param name="Place">A folder, or a bucket and what its keys begin with.</param>
/// <param name="Kinds"><c>uploads</c> and <c>checkpoints</c>.</param>
public sealed record StoredElsewhere(string Place, IReadOnlyList<StoredKind> Kinds);

/// <summary>The room of a kind of files.</summary>
/// <param name="Kind"><c>database</c> (its log included), <c>uploads</c>, <c>columns</c>, <c>checkpoints</c>, <c>quarantine</c>, <c>reserve</c>,
/// <c>cache</c> (copies of uploads that are kept elsewhere), <c>temporary</c> or <c>other</c>.</param>
/// <param name="Bytes">Their length.</param>
/// <param name="Files">Their number.</param>
public sealed record StoredKind(string Kind, long Bytes, int Files);

/// <summary>The room of one thing.</summary>
/// <param name="Name">The name of a dataset or model, the id of a job.</param>
/// <param name="Bytes">What it takes.</param>
/// <param name="Count">Files, versions, or blocks of a history.</param>
public sealed record StoredItem(string Name, long Bytes, int Count);
