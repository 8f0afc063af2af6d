using NnService.Engine.Data.Splits;
using NnService.Engine.Random;

namespace NnService.Engine.Tests.Data;

/// <summary>Groups are divided as when each is compared with every fold, to the last rounding.</summary>
public sealed class FoldDivisionTests
{
    [Theory]
    [InlineData(1, 1)] // a regression
    [InlineData(2, 2)]
    [InlineData(3, 5)]
    [InlineData(4, 40)] // classes of fewer rows than folds
    public void Groups_go_where_the_slow_division_puts_them(int seed, int classes)
    {
        var drawn = new System.Random(seed);
        for (int table = 0; table < 150; table++)
        {
            int folds = drawn.Next(2, 13);
            int count = drawn.Next(folds, 120);
            bool areMixed = drawn.Next(3) > 0; // within a group
            int[] sizes = [.. Enumerable.Range(0, count).Select(_ => drawn.Next(2) == 0 ? 1 : drawn.Next(1, 9))];
            sizes[0] = Math.Max(sizes[0], 2); // or they are dealt out
            int[] groupOf = [.. sizes.SelectMany((size, group) => Enumerable.Repeat(group, size))];
            drawn.Shuffle(groupOf);
            int[] classOfGroup = [.. Enumerable.Range(0, count).Select(_ => drawn.Next(classes))];
            int[]? classOf = classes == 1 ? null : Array.ConvertAll(groupOf, group => areMixed && drawn.Next(4) == 0 ? drawn.Next(classes) : classOfGroup[group]);
            var groups = RowGroups.Of(groupOf, count);
            var random = new RandomStream((ulong)table, RandomPurpose.Folds, 0);

            Assert.Equal(Slow(groups, classOf, folds, random), FoldDivision.Of(groups, classOf, folds, random, "groups"));
        }
    }

    [Fact]
    public void Many_groups_for_many_folds_are_divided_evenly()
    {
        const int Folds = 1000;
        int[] groupOf = [.. Enumerable.Range(0, 100_000), 0];
        int[] classOf = Array.ConvertAll(groupOf, group => group % 2);

        int[] foldOf = FoldDivision.Of(RowGroups.Of(groupOf, 100_000), classOf, Folds, new RandomStream(1, RandomPurpose.Folds, 0), "groups");

        foreach (int ofClass in new[] { 0, 1 })
        {
            var counts = new int[Folds];
            for (int row = 0; row < groupOf.Length; row++)
                if (classOf[row] == ofClass)
                    counts[foldOf[groupOf[row]]]++;
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        }
    }

    private static int[] Slow(RowGroups groups, int[]? classOf, int folds, RandomStream random)
    {
        int[] order = [.. Enumerable.Range(0, groups.Count)];
        random.Shuffle(order);
        int classes = classOf is null ? 1 : classOf.Max() + 1;
        var sizes = new double[classes];
        foreach (int group in order)
            foreach (int place in groups[group])
                sizes[ClassAt(place)]++;

        var foldOf = new int[order.Length];
        var counts = new double[folds, classes];
        var rows = new int[folds];
        foreach (int group in order.OrderByDescending(group => groups[group].Length))
        {
            int[] members = groups[group].ToArray();
            int best = Enumerable.Range(0, folds)
                .MinBy(fold => (members.Sum(place => counts[fold, ClassAt(place)] / sizes[ClassAt(place)]), rows[fold], fold));
            foldOf[group] = best;
            rows[best] += members.Length;
            foreach (int place in members)
                counts[best, ClassAt(place)]++;
        }

        return foldOf;

        int ClassAt(int place) => classOf?[place] ?? 0;
    }
}
