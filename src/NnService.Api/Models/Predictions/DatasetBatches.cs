using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Models.Predictions;

/// <summary>All rows of a stored dataset, read slice by slice.</summary>
/// <param name="description">The model.</param>
/// <param name="open">Finds the dataset's table, which may take long.</param>
/// <param name="withCells">Whether the answer repeats the cells; without them only what the model needs is read.</param>
internal sealed class DatasetBatches(ModelDescription description, Func<Table> open, bool withCells) : RowBatches(description)
{
    private readonly Lazy<Table> _table = new(() => withCells ? open() : open().Only(description.Features.Columns.Select(feature => feature.Name)));
    private readonly RowCells? _cells = withCells ? new() : null;
    private readonly UnknownCategories _unknown = new();
    private double[] _values = [];
    private Table? _slice;
    private TableEncoder? _encoder;
    private int _first;
    private int _at;
    private int _count;

    public override long? Total => _table.IsValueCreated ? _table.Value.Rows : null;

    public override ReadOnlySpan<double> Values => _values.AsSpan(0, _count * Description.Features.Width);

    public override IReadOnlyList<string> Warnings => _unknown.Warnings;

    public override bool HasColumns => withCells;

    public override IReadOnlyList<string> ColumnNames => withCells ? [.. _table.Value.Columns.Select(column => CsvAnswer.WithoutFormula(column.Name))] : [];

    public override ReadOnlySpan<byte> CellsOf(int row) => _cells!.Of(row);

    public override int Next()
    {
        if (_values.Length == 0)
            _values = new double[RowsOfABatch * Description.Features.Width];
        if (_slice is null || _at == _slice.Rows)
        {
            _first += _slice?.Rows ?? 0;
            var table = _table.Value;
            if (_first == table.Rows)
                return 0;
            _slice = table.Slice(_first, Math.Min(table.RowsPerSlice, table.Rows - _first));
            _at = 0;
        }

        _count = KeepCells(Math.Min(MostRows, _slice.Rows - _at));
        Encode();
        _at += _count;
        return _count;
    }

    private void Encode()
    {
        int[] rows = [.. Enumerable.Range(_at, _count)];
        try
        {
            if (_at == 0)
                _encoder = Description.Features.Bind(_slice!, _encoder);
            _encoder!.Encode(rows, _values.AsSpan(0, _count * Description.Features.Width), _unknown);
        }
        catch (PreparationException bad)
        {
            throw Refusal.Exception(400, bad.Message, "#/dataset");
        }
    }

    // As many rows as there is room for.
    private int KeepCells(int most)
    {
        if (_cells is null)
            return most;
        _cells.Begin();
        var row = 0;
        for (; row < most && !_cells.AreFull; row++)
        {
            foreach (var column in _slice!.Columns)
                if (column.Type == ColumnType.Number && !column.IsMissing(_at + row))
                    _cells.Writer.Cell(column.Numbers[_at + row]);
                else
                    _cells.Writer.Cell(CsvAnswer.WithoutFormula(column.TextAt(_at + row) ?? ""));
            _cells.End();
        }

        return row;
    }
}
