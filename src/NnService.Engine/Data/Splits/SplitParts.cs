using System.Runtime.CompilerServices;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Random;

namespace NnService.Engine.Data.Splits;

/// <summary>Assigns usable rows to the parts of a split.</summary>
// Works on positions in the list of usable rows. Without groups every row is a group of its own.
internal sealed class SplitParts
{
    private const byte Unused = 3; // after train, validation, test

    private readonly int[] _rows;
    private readonly byte[] _partOf;
    private readonly RowGroups _groups; // of positions
    private readonly bool _isGrouped;
    private readonly int[]? _classOf;
    private readonly RandomStream _random;

    internal SplitParts(Table table, SplitSpec spec, int[] rows, Column? stratifyBy, ulong seed)
    {
        _rows = rows;
        _partOf = new byte[rows.Length];
        Array.Fill(_partOf, Unused);
        _isGrouped = spec.GroupBy is not null;
        _groups = spec.GroupBy is null ? RowGroups.OfOneEach(rows.Length) : GroupsOf(rows, table.Find(spec.GroupBy)!);
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
            int part = Split.PartNames.IndexOf(name);
            if (part < 0)
                throw PreparationException.At(column, _rows[i], $"{CellText.Quote(name)} is none of train, validation and test.", "/column");
            _partOf[i] = (byte)part;
        }

        for (int g = 0; g < _groups.Count; g++)
        {
            ReadOnlySpan<int> group = _groups[g];
            foreach (int other in group)
            {
                if (_partOf[other] == _partOf[group[0]])
                    continue;
                throw new PreparationException(
                    $"Rows {_rows[group[0]]} and {_rows[other]} (counted from 0) are of one group and in different parts of column \"{column.Name}\".",
                    column.Name,
                    _rows[other])
                {
                    Pointer = "/groupBy",
                };
            }
        }
    }

    /// <summary>Every n-th row (with groups: group) is test, the first one included; a fraction of the others is validation.</summary>
    internal void ByTestEvery(int every, double validation)
    {
        var others = new List<int>();
        for (int g = 0; g < _groups.Count; g++)
        {
            int index = _isGrouped ? g : _rows[_groups[g][0]];
            if (index % every == 0)
                Assign(_groups[g], 2);
            else
                others.Add(g);
        }

        ByFractions([.. others], [1 - validation, validation, 0], _classOf is null ? SplitMethod.Shuffled : SplitMethod.Stratified);
    }

    /// <summary>One fold of all groups is test; a fraction of the others is validation.</summary>
    internal void ByFold(int folds, int fold, double validation, RandomStream random)
    {
        int[] foldOf = FoldDivision.Of(_groups, _classOf, folds, random, _isGrouped ? "groups" : "rows");
        var others = new List<int>();
        for (int g = 0; g < _groups.Count; g++)
        {
            if (foldOf[g] == fold)
                Assign(_groups[g], 2);
            else
                others.Add(g);
        }

        ByFractions([.. others], [1 - validation, validation, 0], _classOf is null ? SplitMethod.Shuffled : SplitMethod.Stratified);
    }

    internal void ByFractions(double train, double validation, double test, SplitMethod method) =>
        ByFractions([.. Enumerable.Range(0, _groups.Count)], [train, validation, test], method);

    private void ByFractions(int[] groups, double[] fractions, SplitMethod method)
    {
        int rows = _isGrouped ? groups.Sum(group => _groups[group].Length) : groups.Length;
        int[] counts = Apportionment.Of(rows, fractions);
        if (method != SplitMethod.Sequential)
            _random.Shuffle(groups);
        if (method != SplitMethod.Stratified && !_isGrouped)
            RowsInOrder(groups, counts);
        else if (method != SplitMethod.Stratified)
            InOrder(groups, counts);
        else if (_isGrouped)
            GroupsByClass(groups, fractions);
        else
            RowsByClass(groups, fractions, counts);
    }

    /// <summary>The first rows train, the next validate, the next test.</summary>
    private void RowsInOrder(ReadOnlySpan<int> positions, int[] counts)
    {
        for (byte part = 0; part < counts.Length; part++)
        {
            Assign(positions[..counts[part]], part);
            positions = positions[counts[part]..];
        }
    }

    /// <summary>The first groups train, the next validate, the next test: a group goes where its middle falls.</summary>
    private void InOrder(int[] groups, int[] counts)
    {
        long before = 0;
        foreach (int index in groups)
        {
            ReadOnlySpan<int> group = _groups[index];
            long middle = before + (group.Length - 1) / 2;
            byte part = middle < counts[0] ? (byte)0
                : middle < (long)counts[0] + counts[1] ? (byte)1
                : middle < (long)counts[0] + counts[1] + counts[2] ? (byte)2
                : Unused;
            Assign(group, part);
            before += group.Length;
        }
    }

    /// <summary>Gives each class to the parts in the same proportions; a class keeps a row to train on where that is possible.</summary>
    private void RowsByClass(int[] positions, double[] fractions, int[] counts)
    {
        int[][] byClass = [.. FoldDivision.ByClass(positions, _classOf!).Where(members => members.Length > 0)];
        int[] left = [.. byClass.Select(members => members.Length)];
        foreach (byte part in (byte[])[2, 1, 0]) // the small parts first, or rounding would be theirs to bear
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
    private void GroupsByClass(int[] groups, double[] fractions)
    {
        double[] shares = [.. fractions, Math.Max(0, 1 - fractions.Sum())];
        int classes = _classOf!.Max() + 1;
        var sizes = new double[classes];
        foreach (int group in groups)
        {
            foreach (int position in _groups[group])
                sizes[_classOf![position]]++;
        }

        double[][] lacking = [.. shares.Select(share => Array.ConvertAll(sizes, size => size * share))];
        foreach (int index in groups.OrderByDescending(index => _groups[index].Length))
        {
            int[] group = _groups[index].ToArray();
            byte best = 0;
            double bestScore = double.NegativeInfinity;
            for (byte part = 0; part < shares.Length; part++)
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

    private void Assign(ReadOnlySpan<int> positions, byte part)
    {
        foreach (int position in positions)
            _partOf[position] = part;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int[] RowsOf(byte part)
    {
        var rows = new int[_partOf.AsSpan().Count(part)];
        for (int position = 0, at = 0; at < rows.Length; position++)
        {
            if (_partOf[position] == part)
                rows[at++] = _rows[position];
        }

        return rows;
    }

    // A row without a group is a group of its own.
    private static RowGroups GroupsOf(int[] rows, Column column)
    {
        var groupOf = new int[rows.Length];
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        int count = 0;
        for (int position = 0; position < rows.Length; position++)
        {
            if (column.TextAt(rows[position]) is not { } name)
                groupOf[position] = count++;
            else if (byName.TryGetValue(name, out int there))
                groupOf[position] = there;
            else
                byName.Add(name, groupOf[position] = count++);
        }

        return RowGroups.Of(groupOf, count);
    }

    // A row without a label is of a class behind the others.
    private static int[] Classes(int[] rows, Column column)
    {
        string[] labels = LabelOrder.Of(column);
        var places = new LabelPlaces(column, labels);
        return Array.ConvertAll(rows, row => column.IsMissing(row) ? labels.Length : places.Of(row));
    }
}
