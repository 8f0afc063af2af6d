namespace NnService.Api.Data.Nodes;

/// <summary>Says in the log of the node that leads which others come, go, and are not heard any more.</summary>
internal sealed class NodeRoll(Node node, ILogger log)
{
    private Dictionary<Guid, NodePresence>? _known; // null: it has not looked yet

    /// <summary>Somebody else may have seen what comes next.</summary>
    public void Forget() => _known = null;

    /// <summary>Says what has changed since the last look.</summary>
    /// <param name="present">All nodes that the database knows.</param>
    public void Look(IReadOnlyList<NodePresence> present)
    {
        var before = _known;
        _known = present.Where(other => other.Id != node.Id).ToDictionary(other => other.Id);
        if (before is null)
            return;
        foreach (var other in _known.Values)
        {
            var isKnown = before.TryGetValue(other.Id, out var known);
            if (!isKnown && other.IsAlive)
                log.LogInformation("Node {Node} is there", other.Name);
            else if (isKnown && !known!.IsAlive && other.IsAlive)
                log.LogWarning("Node {Node} is heard again", other.Name);
            else if (isKnown && known!.IsAlive && !other.IsAlive)
                log.LogWarning("Node {Node} was not heard for {Seconds} seconds and is taken for dead: its jobs go to others", other.Name, node.Patience.TotalSeconds);
        }

        foreach (var other in before.Values.Where(other => other.IsAlive && !_known.ContainsKey(other.Id)))
            log.LogInformation("Node {Node} has stopped", other.Name);
    }
}

/// <summary>Whether a node is there.</summary>
/// <param name="Id">Its id, new with every start.</param>
/// <param name="Name">What people call it.</param>
/// <param name="IsAlive">Whether it was heard within the patience that nodes have with each other.</param>
internal sealed record NodePresence(Guid Id, string Name, bool IsAlive);
