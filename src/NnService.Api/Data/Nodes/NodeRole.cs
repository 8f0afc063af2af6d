namespace NnService.Api.Data.Nodes;

/// <summary>What a node does (<c>Cluster:Role</c>).</summary>
public enum NodeRole
{
    /// <summary>It answers requests and trains.</summary>
    All,

    /// <summary>It answers requests.</summary>
    Api,

    /// <summary>It trains; of requests it answers those for its health and its metrics alone.</summary>
    Worker,
}
