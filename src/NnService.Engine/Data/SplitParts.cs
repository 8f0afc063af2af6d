using NnService.Engine.Random;

namespace NnService.Engine.Data;

/// <summary>Assigns usable rows to the parts of a split.</summary>
// Works on positions in the list of usable rows. Without groups every row is a group of its own.
internal sealed class SplitParts
{
    private const int Unused = 3; // after train, validation, test

    private static readonly string[] s_names = ["train", "validation", "test"];

    private readonly int[] _rows;
    private readonly int[] _partOf;
    private readonly int[][] _groups; // positions by group, in order of first appearance
    private readonly bool _isGrouped;
    private readonly int[]? _classOf;
    private readonly RandomStream _random;

    internal SplitParts(Table table, SplitSpec spec, int[] rows, Column? stratifyBy, ulong seed)
    {
        _rows = rows;
        _partOf = new int[rows.Length];
        Array.Fill(_partOf, Unused);
        _isGrouped = spec.GroupBy is not null;
        _groups = Groups(rows, spec.GroupBy is null ? null : table.Find(spec.GroupBy)!);
        _classOf = stratifyBy is null ? null : Classes(rows, stratifyBy);
        _random = new RandomStream(seed, RandomPurpose.Split, 0);
    }

    internal Split ToSplit() => new(RowsOf(0), RowsOf(1), RowsOf(2));

    internal void ByColumn(Column column)
    {
        for (int i = 0; i < _rows.Length; i++)
        {
            if (column.TextAt(_rows[i]) is not { } name)
                continue;
            _partOf[i] = Array.IndexOf(s_names, name);
            if (_partOf[i] < 0)
            {
                throw new PreparationException(
                    $"Row {_rows[i]} (counted from 0), column \"{column.Name}\": {CellText.Quote(name)} is none of train, validation and test.", column.Name, _rows[i]);
            }
        }

        foreach (int[] group in _groups)
        {
            if (Array.Find(group, position => _partOf[position] != _partOf[group[0]]) is > 0 and var other)
            {
                throw new PreparationException(
                    $"Rows {_rows[group[0]]} and {_rows[other]} (counted from 0) are of one group and in different parts of column \"{column.Name}\".", column.Name, _rows[other]);
            }
        }
    }

    /// <summary>Every n-th row (with groups: group) is test, the first one included; a fraction of the others is validation.</summary>
    internal void ByTestEvery(int every, double validation)
    {
        var others = new List<int[]>();
        for (int g = 0; g < _groups.Length; g++)
        {
            int index = _isGrouped ? g : _rows[_groups[g][0]];
            if (index % every == 0)
                Assign(_groups[g], 2);
            else
                others.Add(_groups[g]);
        }

        ByFractions(others, [1 - validation, validation, 0], _classOf is null ? SplitMethod.Shuffled : SplitMethod.Stratified);
    }

    internal void ByFractions(double train, double validation, double test, SplitMethod method) => ByFractions([.. _groups], [train, validation, test], method);

    private void ByFractions(List<int[]> groups, double[] fractions, SplitMethod method)
    {
        int rows = groups.Sum(group => group.Length);
        int[] counts = Apportionment.Of(rows, fractions);
        int[] order = [.. Enumerable.Range(0, groups.Count)];
        if (method != SplitMethod.Sequential)
            _random.Shuffle(order);
        int[][] ordered = [.. order.Select(index => groups[index])];
        if (method != SplitMethod.Stratified)
            InOrder(ordered, counts);
        else if (_isGrouped)
            GroupsByClass(ordered, fractions);
        else
            RowsByClass(ordered, fractions, counts);
    }

    /// <summary>The first groups train, the next validate, the next test: a group goes where its middle falls.</summary>
    private void InOrder(int[][] groups, int[] counts)
    {
        long before = 0;
        foreach (int[] group in groups)
        {
            long middle = before + (group.Length - 1) / 2;
            int part = middle < counts[0] ? 0 : middle < (long)counts[0] + counts[1] ? 1 : middle < (long)counts[0] + counts[1] + counts[2] ? 2 : Unused;
            Assign(group, part);
            before += group.Length;
        }
    }

    /// <summary>Gives each class to the parts in the same proportions; a class keeps a row to train on where that is possible.</summary>
    private void RowsByClass(int[][] rows, double[] fractions, int[] counts)
    {
        int[][] byClass = [.. rows.Select(row => row[0]).GroupBy(position => _classOf![position]).OrderBy(members => members.Key).Select(members => members.ToArray())];
        int[] left = [.. byClass.Select(members => members.Length)];
        foreach (int part in (int[])[2, 1, 0]) // the small parts first, or rounding would be theirs to bear
        {
            double[] ideal = [.. byClass.Select(members => members.Length * fractions[part])];
            int[] preferred = part == 0 ? left : [.. left.Select(count => Math.Max(0, count - 1))];
            int[] quota = Apportionment.Fill(ideal, preferred, left, counts[part]);
            for (int c = 0; c < byClass.Length; c++)
            {
                Assign(byClass[c].AsSpan(left[c] - quota[c], quota[c]), part);
                left[c] -= quota[c];
            }
        }
    }

    /// <summary>Gives whole groups, the largest first, each to the part that lacks most of its classes.</summary>
    private void GroupsByClass(int[][] groups, double[] fractions)
    {
        double[] shares = [.. fractions, Math.Max(0, 1 - fractions.Sum())];
        int classes = _classOf!.Max() + 1;
        var sizes = new double[classes];
        foreach (int position in groups.SelectMany(group => group))
            sizes[_classOf![position]]++;
        double[][] lacking = [.. shares.Select(share => Array.ConvertAll(sizes, size => size * share))];
        foreach (int[] group in groups.OrderByDescending(group => group.Length))
        {
            int best = 0;
            double bestScore = double.NegativeInfinity;
            for (int part = 0; part < shares.Length; part++)
            {
                double score = group.Sum(position => lacking[part][_classOf![position]] / sizes[_classOf[position]]);
                if (shares[part] > 1e-9 && score > bestScore)
                    (best, bestScore) = (part, score);
            }

            Assign(group, best);
            foreach (int position in group)
                lacking[best][_classOf![position]]--;
        }
    }

    private void Assign(ReadOnlySpan<int> positions, int part)
    {
        foreach (int position in positions)
            _partOf[position] = part;
    }

    private int[] RowsOf(int part) => [.. _rows.Where((_, position) => _partOf[position] == part)];

    private static int[][] Groups(int[] rows, Column? column)
    {
        if (column is null)
            return [.. Enumerable.Range(0, rows.Length).Select(position => new[] { position })];
        var groups = new List<List<int>>();
        var byName = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (int position = 0; position < rows.Length; position++)
        {
            string? name = column.TextAt(rows[position]);
            if (name is null || !byName.TryGetValue(name, out List<int>? group))
            {
                groups.Add(group = []);
                if (name is not null)
                    byName.Add(name, group);
            }

            group.Add(position);
        }

        return [.. groups.Select(group => group.ToArray())];
    }

    private static int[] Classes(int[] rows, Column column)
    {
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string label in LabelOrder.Of(column))
            indexes.Add(label, indexes.Count);
        return [.. rows.Select(row => column.TextAt(row) is { } label ? indexes[label] : indexes.Count)];
    }
}
