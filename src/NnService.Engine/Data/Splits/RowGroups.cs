namespace NnService.Engine.Data.Splits;

/// <summary>Groups of numbers from 0 on, in the order in which the groups first appear; within a group in ascending order.</summary>
internal sealed class RowGroups
{
    private readonly int[] _members; // group by group
    private readonly int[]? _starts; // [Count + 1] where each group begins; null: every number is a group

    private RowGroups(int[] members, int[]? starts) => (_members, _starts) = (members, starts);

    internal int Count => _starts is null ? _members.Length : _starts.Length - 1;

    internal ReadOnlySpan<int> this[int group] => _starts is null ? _members.AsSpan(group, 1) : _members.AsSpan(_starts[group].._starts[group + 1]);

    /// <summary>Groups of one number each.</summary>
    internal static RowGroups OfOneEach(int count) => new([.. Enumerable.Range(0, count)], null);

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
        return new RowGroups(members, starts);
    }
}
