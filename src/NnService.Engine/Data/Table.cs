using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>Typed columns of equal length with distinct names; immutable.</summary>
public sealed class Table
{
    private readonly Dictionary<string, Column> _byName;

    /// <summary>A table of the given columns, in their order.</summary>
    /// <exception cref="ArgumentException">There is no column, two share a name, or their lengths differ.</exception>
    public Table(IReadOnlyList<Column> columns)
    {
        if (columns.Count == 0)
            throw new ArgumentException("A table needs at least one column.", nameof(columns));
        Columns = columns;
        Rows = columns[0].Rows;
        _byName = new Dictionary<string, Column>(columns.Count, StringComparer.Ordinal);
        foreach (Column column in columns)
        {
            if (column.Rows != Rows)
                throw new ArgumentException($"Column \"{column.Name}\" has {column.Rows} rows; the first column has {Rows}.", nameof(columns));
            if (!_byName.TryAdd(column.Name, column))
                throw new ArgumentException($"Two columns are called \"{column.Name}\".", nameof(columns));
        }
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>How the cells were written, and are to be in rows that a model of this table predicts.</summary>
    public CellNotation Notation { get; init; } = CellNotation.Default;

    /// <summary>What was found while the table was read; null where it was not read just now.</summary>
    internal TableNotes? Notes { get; init; }

    /// <summary>The columns in the order of the source.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> ColumnNames => [.. Columns.Select(column => column.Name)];

    /// <summary>The same columns as a table in a notation.</summary>
    public Table WrittenIn(CellNotation notation) => new(Columns) { Notation = notation };

    /// <summary>The same columns with what another table has noted, which was read into the file that this one was opened from.</summary>
    public Table WithNotesOf(Table read) => new(Columns) { Notation = read.Notation, Notes = read.Notes };

    /// <summary>The column of that exact name; null where there is none.</summary>
    public Column? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The rows in which no cell of some columns is missing, in ascending order.</summary>
    /// <param name="names">Columns of the table.</param>
    public int[] RowsWith(IEnumerable<string> names)
    {
        int[] all = [.. Enumerable.Range(0, Rows)];
        Column[] gappy = [.. names.Select(name => _byName[name]).Where(column => column.Missing > 0)];
        return gappy.Length == 0 ? all : Array.FindAll(all, row => !Array.Exists(gappy, column => column.IsMissing(row)));
    }

    /// <summary>How many rows <see cref="Slice"/> should be asked for at a time by one who wants all of them: memory stays bounded, and hardly a block is read
    /// twice.</summary>
    public int RowsPerSlice => Math.Clamp((4 << 20) / Columns.Count, 64, RowWindow.Longest);

    /// <summary>Some rows as a table of their own, in memory; reads no more than those from a storage.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public Table Slice(int first, int count) => new([.. Columns.Select(column => column.Slice(first, count))]) { Notation = Notation };

    /// <summary>The columns of these names that there are, in this order; the table itself where there is none.</summary>
    public Table Only(IEnumerable<string> names) =>
        names.Distinct().Select(Find).OfType<Column>().ToList() is { Count: > 0 } columns ? new Table(columns) { Notation = Notation } : this;

    /// <summary>Some rows slice by slice, so that a large table never stands in memory as a whole.</summary>
    /// <param name="rows">Rows in ascending order.</param>
    public IEnumerable<TablePiece> Pieces(ReadOnlyMemory<int> rows) =>
        PiecesOf([rows]).Select(pieces => pieces[0]);

    /// <summary>Several parts of the rows slice by slice, of which none is read twice; of each slice a piece for every part, some of them without rows.</summary>
    /// <param name="parts">Rows in ascending order each.</param>
    public IEnumerable<TablePiece[]> PiecesOf(IReadOnlyList<ReadOnlyMemory<int>> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var starts = new int[parts.Count];
        while (true)
        {
            ReadOnlyMemory<int>[] left = [.. parts.Zip(starts, (rows, start) => rows[start..])];
            if (left.All(rows => rows.IsEmpty))
                yield break;
            int window = left.Where(rows => !rows.IsEmpty).Min(rows => rows.Span[0]) / RowsPerSlice * RowsPerSlice;
            ReadOnlyMemory<int>[] within = [.. left.Select(rows => Below(window + RowsPerSlice, rows))];
            int first = within.Where(rows => !rows.IsEmpty).Min(rows => rows.Span[0]);
            Table slice = Slice(first, within.Where(rows => !rows.IsEmpty).Max(rows => rows.Span[^1]) - first + 1);
            yield return [.. within.Zip(starts, (rows, start) => new TablePiece(slice, Array.ConvertAll(rows.ToArray(), row => row - first), start))];
            for (int part = 0; part < starts.Length; part++)
                starts[part] += within[part].Length;
        }
    }

    // Rows that come before one.
    private static ReadOnlyMemory<int> Below(int end, ReadOnlyMemory<int> rows)
    {
        int beyond = rows.Span.IndexOfAnyExceptInRange(0, end - 1);
        return beyond < 0 ? rows : rows[..beyond];
    }
}

/// <summary>Some of the rows that were asked for.</summary>
/// <param name="Slice">The part of the table in which they lie, in memory.</param>
/// <param name="Rows">The rows, counted within the slice.</param>
/// <param name="Start">How many of the rows that were asked for come before these.</param>
public readonly record struct TablePiece(Table Slice, int[] Rows, int Start);
