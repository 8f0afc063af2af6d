using NnService.Engine.Data.Csv;

namespace NnService.Engine.Data.Columns;

/// <summary>Hands rows of numbers to the columns of a table; the cells of other columns go to them at once. A null column's cells are passed over.</summary>
internal sealed class ColumnStage(CsvColumn?[] columns) : RowStage(columns.Length)
{
    private readonly NumberValues?[] _numbers = new NumberValues?[columns.Length];

    internal override void Begin()
    {
        for (int i = 0; i < columns.Length; i++)
        {
            _numbers[i] = columns[i]?.PlainNumbers;
            Plain[i] = _numbers[i] is not null;
        }
    }

    internal override bool TryTake(int column, ReadOnlySpan<byte> cell, long line, out double value)
    {
        if (Plain[column])
            return columns[column]!.TryTakeNumber(cell, line, out value);
        value = double.NaN;
        columns[column]?.Add(cell, line);
        return true;
    }

    internal override bool Take(int rows, int cells, ReadOnlySpan<byte> buffer, int start, long line)
    {
        for (int i = 0; i < columns.Length; i++)
            _numbers[i]?.AddEvery(Values.AsSpan(i), columns.Length, i < cells ? rows + 1 : rows);
        return true;
    }
}
