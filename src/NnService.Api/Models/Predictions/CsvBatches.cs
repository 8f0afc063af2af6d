using System.Text;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Json;

namespace NnService.Api.Models.Predictions;

/// <summary>Rows of a CSV, whose cells stay the text they are: what type they must be, the model knows.</summary>
internal sealed class CsvBatches : RowBatches
{
    private readonly CsvRowReader _rows;
    private readonly FeatureEncoding _features;
    private readonly JsonRowEncoder? _encoder;
    private readonly int[] _positions;
    private readonly RowCells? _cells;
    private readonly Cell[] _row;
    private readonly string?[] _cellProblems;
    private readonly RowProblems _problems = new();
    private readonly UnknownCategories _unknown = new();
    private readonly bool _hasHeader;
    private double[] _values = [];
    private int _count;

    /// <summary>Reads the header. Errors: <see cref="ProblemException"/> where there is none, or its columns are not the model's.</summary>
    /// <param name="description">The model.</param>
    /// <param name="csv">A stream that can seek.</param>
    /// <param name="reading">How the CSV is written.</param>
    /// <param name="unknownColumns">What becomes of columns that the model does not know.</param>
    /// <param name="withCells">Whether the answer repeats the cells, where they have names.</param>
    /// <param name="takesPositions">Whether the columns of a CSV without a header are the features in their order.</param>
    public CsvBatches(
        ModelDescription description, Stream csv, TableReadOptions reading, UnknownColumns unknownColumns, bool withCells, bool takesPositions = false)
        : base(description)
    {
        _hasHeader = reading.HasHeader;
        _rows = TableRefusal.Guard(() => new CsvRowReader(csv, reading));
        IsNameless = takesPositions && !reading.HasHeader;
        _cells = withCells && !IsNameless ? new() : null;
        ColumnNames = reading.HasHeader ? _rows.Columns : RowColumns.WithoutHeader(description, _rows.Columns);
        _positions = RowColumns.PositionsOf(description, ColumnNames, unknownColumns, reading.HasHeader ? _rows.IsMade : _ => false);
        _row = new Cell[_positions.Length];
        _cellProblems = new string?[_positions.Length];
        // A number that this CSV calls missing, or a mark that training did not know, counts here and not where the model was made.
        _features = description.Features with { Notation = reading.Notation };
        _encoder = JsonRowEncoder.For(_features);
        if (_encoder is not null)
            _rows.Expect([.. Enumerable.Range(0, _rows.Columns.Count).Select(_positions.Contains)], TakePlain);
    }

    public override ReadOnlySpan<double> Values => _values.AsSpan(0, _count * _features.Width);

    public override bool IsNameless { get; }

    public override bool HasColumns => _cells is not null;

    public override IReadOnlyList<string> ColumnNames { get; }

    // A column without a name that the model does not know is an index, or a delimiter at the end of each line.
    public override IReadOnlyList<string> Warnings =>
    [
        .. Enumerable.Range(0, _rows.Columns.Count).Where(column => _hasHeader && _rows.IsMade(column))
            .Where(column => !RowColumns.Knows(Description, _rows.Columns[column]))
            .Select(column => $"Column {column + 1} has no name and was passed over."),
        .. _unknown.Warnings,
    ];

    public override ReadOnlySpan<byte> CellsOf(int row) => _cells!.Of(row);

    public override int Next() => TableRefusal.Guard(Read);

    private int Read()
    {
        if (_values.Length == 0)
            _values = new double[RowsOfABatch * _features.Width];
        _cells?.Begin();
        _count = 0;
        while (_count < MostRows && _cells?.AreFull != true)
        {
            if (!_rows.ReadPlain(MostRows - _count) && _count > 0)
                return _count;
            if (!_rows.Read())
            {
                _problems.Refuse();
                return _count;
            }

            for (var i = 0; i < _row.Length; i++)
                _row[i] = CellOf(_positions[i], _features.Columns[i].Type);
            if (Encode(_rows.Line))
                KeepCells();
        }

        return _count;
    }

    // Rows of numbers, as nearly all are: the bytes of the line are the cells.
    private void TakePlain(ReadOnlySpan<double> numbers, ReadOnlySpan<byte> text, long line)
    {
        if (!_encoder!.Encode(numbers, _positions, Inputs))
        {
            for (var i = 0; i < _row.Length; i++)
                _row[i] = Cell.Of(numbers[_positions[i]]);
            if (!Encode(line))
                return;
        }

        _count++;
        _cells?.Writer.Cells(text);
        _cells?.End();
    }

    private Span<double> Inputs => _values.AsSpan(_count * _features.Width, _features.Width);

    private bool Encode(long line)
    {
        if (_features.Encode(_row, Inputs, _cellProblems, _unknown))
            return true;
        NoteProblems(line);
        return false;
    }

    private Cell CellOf(int column, ColumnType type)
    {
        if (type == ColumnType.Number && _rows.TryGetNumber(column, out var number))
            return Cell.Of(number);
        var cell = _rows.Cell(column);
        return cell.IsEmpty ? Cell.Missing : Cell.OfCsv(Encoding.UTF8.GetString(cell));
    }

    private void KeepCells()
    {
        _count++;
        for (var column = 0; column < ColumnNames.Count; column++)
            _cells?.Writer.Cell(_rows.Cell(column));
        _cells?.End();
    }

    private void NoteProblems(long line)
    {
        for (var i = 0; i < _cellProblems.Length; i++)
            if (_cellProblems[i] is { } problem)
                _problems.Add($"Line {line}, column \"{_features.Columns[i].Name}\": {problem}", $"#row={line}");
        if (_problems.AreMany)
            _problems.Refuse();
    }
}
