using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>All rows of a stored dataset, read slice by slice.</summary>
internal sealed class DatasetBatches(ModelDescription description, Table table, bool withCells) : RowBatches(description)
{
    // Without the cells only what the model needs is read.
    private readonly Table _table = withCells ? table : table.Only(description.Features.Columns.Select(feature => feature.Name));
    private Table? _slice;
    private TableEncoder? _encoder;
    private int _first;
    private int _at;

    public override IReadOnlyList<string> ColumnNames { get; } = [.. table.Columns.Select(column => column.Name)];

    public override int Next()
    {
        BeginCells();
        if (_slice is null || _at == _slice.Rows)
        {
            _first += _slice?.Rows ?? 0;
            if (_first == table.Rows)
                return 0;
            _slice = _table.Slice(_first, Math.Min(_table.RowsPerSlice, table.Rows - _first));
            _at = 0;
        }

        var count = Math.Min(Most, _slice.Rows - _at);
        Encode(count);
        for (var row = 0; withCells && row < count; row++)
        {
            foreach (var column in _slice.Columns)
                WriteCell(column, _at + row);
            EndCells(row);
        }

        _at += count;
        return count;
    }

    private void Encode(int count)
    {
        int[] rows = [.. Enumerable.Range(_at, count)];
        var values = Values.AsSpan(0, count * Description.Features.Width);
        try
        {
            if (_at == 0)
                _encoder = Description.Features.Bind(_slice!);
            _encoder!.Encode(rows, values, Unknown);
        }
        catch (PreparationException bad)
        {
            throw Refusal.Exception(400, bad.Message, "#/dataset");
        }
    }

    private void WriteCell(Column column, int row)
    {
        if (column.Type == ColumnType.Number && !column.IsMissing(row))
            Cells.Cell(column.Numbers[row]);
        else
            Cells.Cell(column.TextAt(row) ?? "");
    }
}
