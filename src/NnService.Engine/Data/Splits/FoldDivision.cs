using NnService.Engine.Random;

namespace NnService.Engine.Data.Splits;

/// <summary>Divides groups of rows into folds of about the same size, and about the same share of each class.</summary>
internal static class FoldDivision
{
    /// <summary>The fold of each group. Errors: <see cref="PreparationException"/> where there are fewer groups than folds.</summary>
    /// <param name="groups">The groups, of places of rows.</param>
    /// <param name="classOf">The class at each place; null: there are no classes.</param>
    /// <param name="folds">How many folds.</param>
    /// <param name="random">Settles which group goes where.</param>
    /// <param name="noun">What a message calls the groups.</param>
    internal static int[] Of(RowGroups groups, int[]? classOf, int folds, RandomStream random, string noun)
    {
        if (groups.Count < folds)
            throw new PreparationException($"There are {groups.Count} {noun} for {folds} folds; take fewer folds.") { Pointer = "/folds" };
        int[] order = [.. Enumerable.Range(0, groups.Count)];
        random.Shuffle(order);
        bool areRows = order.All(group => groups[group].Length == 1);
        return areRows ? Dealt(order, groups, classOf, folds) : LargestFirst(order, groups, classOf, folds);
    }

    /// <summary>[classes] the places of each class, in the order in which they stand.</summary>
    internal static int[][] ByClass(ReadOnlySpan<int> places, int[] classOf)
    {
        var sizes = new int[classOf.Max() + 1];
        foreach (int place in places)
            sizes[classOf[place]]++;
        int[][] byClass = Array.ConvertAll(sizes, size => new int[size]);
        Array.Clear(sizes);
        foreach (int place in places)
            byClass[classOf[place]][sizes[classOf[place]]++] = place;
        return byClass;
    }

    // Class by class like cards, each class from where the one before has ended: no fold has two rows more than another, of a class or of all.
    private static int[] Dealt(int[] order, RowGroups groups, int[]? classOf, int folds)
    {
        var foldOf = new int[order.Length];
        int next = 0;
        foreach (int[] groupsOfClass in classOf is null ? [order] : ByClass(order, ClassesOf(groups, classOf)))
        {
            foreach (int group in groupsOfClass)
                foldOf[group] = next++ % folds;
        }

        return foldOf;
    }

    // Of groups of one row each.
    private static int[] ClassesOf(RowGroups groups, int[] classOf)
    {
        var classOfGroup = new int[groups.Count];
        for (int group = 0; group < classOfGroup.Length; group++)
            classOfGroup[group] = classOf[groups[group][0]];
        return classOfGroup;
    }

    // Each group, the largest first, goes to the fold that has least of its classes; of equals to the one with the fewest rows.
    private static int[] LargestFirst(int[] order, RowGroups groups, int[]? classOf, int folds)
    {
        var sizes = new int[classOf is null ? 1 : classOf.Max() + 1];
        int longest = 0;
        foreach (int group in order)
        {
            longest = Math.Max(longest, groups[group].Length);
            foreach (int place in groups[group])
                sizes[ClassAt(place)]++;
        }

        var foldOf = new int[order.Length];
        var loads = new FoldLoads(folds, sizes);
        var buffer = new int[longest];
        foreach (int group in order.OrderByDescending(group => groups[group].Length))
        {
            var classes = buffer.AsSpan(0, groups[group].Length);
            for (int i = 0; i < classes.Length; i++)
                classes[i] = ClassAt(groups[group][i]);
            foldOf[group] = loads.Least(classes);
            loads.Add(foldOf[group], classes);
        }

        return foldOf;

        int ClassAt(int place) => classOf?[place] ?? 0;
    }
}
