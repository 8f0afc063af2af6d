namespace NnService.Engine.Training;

/// <summary>How the members of an ensemble are divided for a training step; as the bits of the result, it follows from network and minibatch alone.</summary>
/// <param name="Parts">Groups of neighbouring members, each with a gradient of its own, that different threads may take.</param>
/// <param name="Wave">Members of a group at once, at the most.</param>
public readonly record struct EnsembleDivision(int Parts, int Wave)
{
    private const int MostParts = 4;

    /// <summary>Rows of a wave, over its members: so many of some hundred units fit into a second-level cache of 1 MiB, forwards and backwards.</summary>
    private const int WaveRows = 256;

    /// <summary>Gradients of all parameters that are in memory: that of each group, and their sum.</summary>
    public int Gradients => Parts == 1 ? 1 : Parts + 1;

    /// <summary>Members that are in memory at the same time, at the most.</summary>
    public int MembersAtOnce(int members) => Math.Min(members, Parts * Wave);

    /// <summary>
    /// The division. A layer that looks at several rows at once is to see those of all members: then there is one group, and all of it is taken at once.
    /// </summary>
    /// <param name="network">The ensemble.</param>
    /// <param name="batchSize">Rows of the largest minibatch.</param>
    public static EnsembleDivision Of(NetworkSpec network, int batchSize)
    {
        ArgumentNullException.ThrowIfNull(network);
        return Of(network.MemberCount, network.LeastBatchSize, batchSize);
    }

    internal static EnsembleDivision Of(int members, int leastBatchSize, int batchSize) => leastBatchSize > 1
        ? new EnsembleDivision(1, members)
        : new EnsembleDivision(Math.Min(MostParts, members), Math.Max(1, WaveRows / batchSize));
}
