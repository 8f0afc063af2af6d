namespace NnService.Engine.Data.Splits;

/// <summary>
/// What the folds have so far, and which of them has least of the classes of a group: each row of the group counts the share of its class that is in the fold
/// already. Of equals it is the one with the fewest rows, of these the first.
/// </summary>
/// <param name="folds">How many folds.</param>
/// <param name="sizes">[classes] the rows of each class.</param>
internal sealed class FoldLoads(int folds, int[] sizes)
{
    private readonly int[] _counts = new int[checked(folds * sizes.Length)]; // [folds, classes]
    private readonly int[] _rows = new int[folds];
    private readonly PriorityQueue<int, (int Count, int Rows, int Fold)>?[] _queues = new PriorityQueue<int, (int, int, int)>?[sizes.Length];

    /// <summary>The fold with least of a group's classes.</summary>
    /// <param name="classes">Of the group's rows, in their order: the rounding of the sums belongs to the division.</param>
    internal int Least(ReadOnlySpan<int> classes)
    {
        // Of a single class the least share is the least count.
        if (!classes.ContainsAnyExcept(classes[0]) && sizes[classes[0]] >= folds)
            return LeastOf(classes[0]);
        var (best, least) = (0, double.PositiveInfinity);
        for (int fold = 0; fold < folds; fold++)
        {
            double sum = 0;
            for (int i = 0; i < classes.Length && sum <= least; i++)
                sum += (double)_counts[(fold * sizes.Length) + classes[i]] / sizes[classes[i]];
            if (sum < least || (sum == least && _rows[fold] < _rows[best]))
                (best, least) = (fold, sum);
        }

        return best;
    }

    /// <summary>A group is in a fold.</summary>
    /// <param name="fold">The fold.</param>
    /// <param name="classes">Of the group's rows.</param>
    internal void Add(int fold, ReadOnlySpan<int> classes)
    {
        _rows[fold] += classes.Length;
        foreach (int ofRow in classes)
            _counts[(fold * sizes.Length) + ofRow]++;
    }

    // A queue for each class that has at least as many rows, so that all of them are no longer than the rows. What is in them may be out of date, and is then too
    // small: the first one that is not is the least.
    private int LeastOf(int ofClass)
    {
        var queue = _queues[ofClass] ??= new(Enumerable.Range(0, folds).Select(fold => (fold, Load(fold, ofClass))));
        while (queue.TryPeek(out int fold, out var load))
        {
            var now = Load(fold, ofClass);
            if (load == now)
                return fold;
            queue.DequeueEnqueue(fold, now);
        }

        throw new System.Diagnostics.UnreachableException();
    }

    private (int Count, int Rows, int Fold) Load(int fold, int ofClass) => (_counts[(fold * sizes.Length) + ofClass], _rows[fold], fold);
}
