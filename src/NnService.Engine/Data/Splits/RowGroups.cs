namespace NnService.Engine.Data.Splits;

/// <summary>Groups of numbers from 0 on, in the order in which the groups first appear; within a group in ascending order.</summary>
internal sealed class RowGroups
{
    private readonly Lazy<int[]> _members; // group by group
    private readonly int[]? _starts; // [Count + 1] where each group begins; null: every number is a group

    private RowGroups(int count, Lazy<int[]> members, int[]? starts) => (Count, _members, _starts) = (count, members, starts);

    internal int Count { get; }

    internal ReadOnlySpan<int> this[int group] =>
        _starts is null ? _members.Value.AsSpan(group, 1) : _members.Value.AsSpan(_starts[group].._starts[group + 1]);

    /// <summary>Groups of one number each; a split by fractions never asks which.</summary>
    internal static RowGroups OfOneEach(int count) => new(count, new Lazy<int[]>(() => [.. Enumerable.Range(0, count)]), null);

    /// <summary>Groups from the group of each number.</summary>
    internal static RowGroups Of(int[] groupOf, int groups)
    {
        var starts = new int[groups + 1];
        foreach (int group in groupOf)
            starts[group + 1]++;
        for (int group = 0; group < groups; group++)
            starts[group + 1] += starts[group];
        int[] next = starts[..groups];
        var members = new int[groupOf.Length];
        for (int i = 0; i < groupOf.Length; i++)
            members[next[groupOf[i]]++] = i;
        return new RowGroups(groups, new Lazy<int[]>(members), starts);
    }
}
