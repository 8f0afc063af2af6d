namespace NnService.Api.Data.Nodes;

/// <summary>What a node has said of itself last.</summary>
/// <param name="Id">Its id, new with every start.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Role">What it does.</param>
/// <param name="Slots">Jobs it trains at once.</param>
/// <param name="Leads">Whether it does what one node at a time does.</param>
/// <param name="Version">The service's version.</param>
/// <param name="StartedAt">When it was started.</param>
/// <param name="SeenAt">When it has said so.</param>
/// <param name="SecondsAgo">How long ago that is, by the database's clock.</param>
/// <param name="Jobs">The ids of the jobs it trains.</param>
internal sealed record NodeRow(
    Guid Id, string Name, NodeRole Role, int Slots, bool Leads, string Version, DateTime StartedAt, DateTime SeenAt, double SecondsAgo, IReadOnlyList<Guid> Jobs);
