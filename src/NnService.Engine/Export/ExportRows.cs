using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Export;

/// <summary>Raw rows that an export is tried on: rows of the training table as far as there are, and drawn ones in the ranges of its columns.</summary>
public sealed class ExportRows
{
    /// <summary>Rows on which parity is measured, at the most.</summary>
    public const int Most = 1000;

    private const int Fewest = ExportSource.VectorCount;
    private const long MostNumbers = 1 << 21; // of all rows together: raw, encoded and answered
    private const int BytesOfCell = 24;
    private const int BytesOfColumn = 4 << 10; // its part of the file, of the manifest and of the test vectors
    private const ulong Seed = 1; // the same model gives the same file
    private const uint MissingShare = 10; // one drawn cell in so many is missing, where the model takes missing cells
    private const string Unseen = "(unseen)";

    private readonly List<Cell[]> _rows = [];
    private readonly FeatureEncoding _features;

    private readonly Dictionary<string, string[]> _words; // that are drawn in columns of words
    private readonly double[] _encoded; // a row that is tried

    private ExportRows(FeatureEncoding features)
    {
        (_features, _encoded) = (features, new double[features.Width]);
        _words = features.Columns.Where(column => column is { Type: ColumnType.Category, Dates: null })
            .ToDictionary(column => column.Name, column => WordsOf(column, features.Notation ?? CellNotation.Default));
    }

    // The categories, one that is none of them, and those of the others that are easily taken for missing cells.
    private static string[] WordsOf(FeatureColumn column, CellNotation notation) =>
        [.. column.Categories, Unseen, .. column.WordLists.Skip(1).SelectMany(words => words.Where(word => notation.IsMissing(word)))];

    /// <summary>Rows that come from the table; the others are drawn.</summary>
    public int FromTable { get; private set; }

    /// <summary>The rows, each of as many cells as the encoding has columns.</summary>
    internal IReadOnlyList<Cell[]> Rows => _rows;

    /// <summary>Rows on which the parity of a model is measured: fewer than <see cref="Most"/> where they are very wide.</summary>
    public static int CountFor(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var features = model.Description.Features;
        return (int)Math.Clamp(MostNumbers / ((long)features.Columns.Count + features.Width + model.Outputs), Fewest, Most);
    }

    /// <summary>Memory that the rows of a model take, roughly: raw, encoded twice, and answered by the model and by what was written.</summary>
    internal static long BytesFor(TrainedModel model)
    {
        var (features, rows) = (model.Description.Features, CountFor(model));
        return (features.Columns.Count * (((long)rows * BytesOfCell) + BytesOfColumn))
            + (rows * ((2L * features.Width) + (4L * model.Outputs)) * sizeof(double));
    }

    /// <summary>Rows of a table evenly over its length, up to <see cref="CountFor"/>, filled up with drawn ones.</summary>
    /// <param name="model">The model; every row is one that it takes.</param>
    /// <param name="table">The training table; null: it is gone.</param>
    public static ExportRows Of(TrainedModel model, Table? table)
    {
        var (count, features) = (CountFor(model), model.Description.Features);
        var rows = new ExportRows(features);
        if (table is not null)
            rows.AddRowsOf(table, count);
        rows.FromTable = rows._rows.Count;
        var draw = new RandomStream(Seed, RandomPurpose.ExportRows, 0);
        for (var at = 0UL; rows._rows.Count < count && at < 100 * (ulong)count; at++)
            rows.AddIfTaken([.. features.Columns.Select((column, i) => rows.Draw(column, draw, (at * (ulong)features.Columns.Count) + (ulong)i))]);
        return rows;
    }

    /// <summary>The rows as the model takes them: [rows, width].</summary>
    internal double[] Encode()
    {
        var encoded = new double[checked(_rows.Count * _features.Width)];
        var problems = new string?[_features.Columns.Count];
        for (var row = 0; row < _rows.Count; row++)
            _features.Encode(_rows[row], encoded.AsSpan(row * _features.Width, _features.Width), problems);
        return encoded;
    }

    private void AddRowsOf(Table table, int count)
    {
        var sources = _features.Columns.Select(column => table.Find(column.Name)).ToList();
        if (sources.Contains(null))
            return;
        // The first rows of an enormous table will do; the rest stays on disk.
        var narrow = new Table([.. sources.OfType<Column>()]);
        narrow = narrow.Slice(0, Math.Min(narrow.Rows, narrow.RowsPerSlice));
        var wanted = Math.Min(count, narrow.Rows);
        for (var i = 0; i < wanted; i++)
        {
            var row = (int)((long)i * narrow.Rows / wanted);
            AddIfTaken([.. _features.Columns.Select((feature, c) => CellOf(feature, narrow.Columns[c], row))]);
        }
    }

    private static Cell CellOf(FeatureColumn feature, Column source, int row)
    {
        if (source.IsMissing(row))
            return Cell.Missing;
        if (feature.Type == ColumnType.Category)
            return Cell.OfCsv(source.TextAt(row)!); // an export's texts have no null beside them, nor have those of a CSV
        if (!source.IsNumeric)
            return Cell.Of(source.TextAt(row)!);
        return feature.Type == ColumnType.Boolean ? Cell.Of(source.Numbers[row] != 0) : Cell.Of(source.Numbers[row]);
    }

    private void AddIfTaken(Cell[] row)
    {
        if (_features.Encode(row, _encoded, new string?[row.Length]))
            _rows.Add(row);
    }

    private Cell Draw(FeatureColumn column, RandomStream random, ulong index)
    {
        var share = random.Uniform(index);
        if (_features.Missing == MissingCells.Impute && share * MissingShare < 1)
            return Cell.Missing;
        // Two deviations either side of the middle; with min and max as the scale, the range and as much again.
        var position = ((share * 1009) % 1 * 4) - 2;
        if (column.Dates is { } parts)
            return Cell.Of(Day(parts[0].Shift + (position * SpreadOf(parts[0].Scale))));
        if (column.Type == ColumnType.Boolean)
            return Cell.Of(position > 0);
        if (column.Type == ColumnType.Category)
        {
            var words = _words[column.Name];
            return Cell.OfCsv(words[(int)((position + 2) / 4 * words.Length)]);
        }

        var number = column.Shift + (position * SpreadOf(column.Scale));
        return Cell.Of(column.Log1p ? Transcendentals.Expm1(number) : number);
    }

    private static double SpreadOf(double scale) => scale == Scaling.OfOneValue ? 1 : scale;

    // Where some dates stand for "never", two deviations from the middle may lie beyond the years that there are.
    private static string Day(double sinceEpoch)
    {
        var (first, last) = ((DateTime.MinValue - DateTime.UnixEpoch).Days, (DateTime.MaxValue - DateTime.UnixEpoch).Days);
        return DateTime.UnixEpoch.AddDays(Math.Clamp(Math.Floor(sinceEpoch), first, last)).ToString("yyyy-MM-dd");
    }
}
