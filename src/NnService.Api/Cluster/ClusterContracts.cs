using NnService.Api.Data.Nodes;

namespace NnService.Api.Cluster;

/// <summary>The nodes that share the database.</summary>
/// <param name="IsCluster">Whether there can be several; false: this process has the database for itself.</param>
/// <param name="Slots">Jobs that the living nodes train at once.</param>
/// <param name="Queued">Jobs that wait.</param>
/// <param name="Nodes">The nodes, by name; one that has died stays for an hour.</param>
public sealed record ClusterResponse(bool IsCluster, int Slots, int Queued, IReadOnlyList<ClusterNodeResponse> Nodes);

/// <summary>One node.</summary>
/// <param name="Id">Its id, new with every start.</param>
/// <param name="Name">The setting <c>Cluster:Node</c>, else its machine's name.</param>
/// <param name="Role">What it does.</param>
/// <param name="IsThis">Whether it is the one that answers.</param>
/// <param name="IsAlive">Whether it has been seen within its patience.</param>
/// <param name="Leads">Whether it does what one node at a time does: taking studies on, webhooks, deleting by age.</param>
/// <param name="Version">The service's version.</param>
/// <param name="StartedAt">When it was started.</param>
/// <param name="LastSeenAt">When it was seen last.</param>
/// <param name="Slots">Jobs it trains at once.</param>
/// <param name="Jobs">What it trains; of one that has died, what it has left and nobody has claimed yet.</param>
public sealed record ClusterNodeResponse(
    Guid Id, string Name, NodeRole Role, bool IsThis, bool IsAlive, bool Leads, string Version, DateTime StartedAt, DateTime LastSeenAt, int Slots,
    IReadOnlyList<ClusterJobResponse> Jobs);

/// <summary>A job that a node trains.</summary>
/// <param name="Id">The job.</param>
/// <param name="Model">The model it makes a version of.</param>
/// <param name="Attempt">How often it was claimed.</param>
/// <param name="Epoch">Where it is.</param>
/// <param name="Epochs">Of how many.</param>
public sealed record ClusterJobResponse(Guid Id, string Model, int Attempt, int Epoch, int Epochs);
