using System.Text;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>Rows of a CSV, whose cells stay the text they are: what type they must be, the model knows.</summary>
internal sealed class CsvBatches : RowBatches
{
    private readonly CsvRowReader _rows;
    private readonly int[] _positions;
    private readonly Cell[] _row;
    private readonly string?[] _cellProblems;
    private readonly List<ProblemItem> _problems = [];

    /// <summary>Reads the header. Errors: <see cref="TableFormatException"/>, and <see cref="ProblemException"/> where its columns are not the model's.</summary>
    public CsvBatches(ModelDescription description, Stream csv, bool ignoreUnknown)
        : base(description)
    {
        _rows = new CsvRowReader(csv);
        _positions = EncodedRows.PositionsOf(description, _rows.Columns, ignoreUnknown);
        _row = new Cell[_positions.Length];
        _cellProblems = new string?[_positions.Length];
    }

    public override IReadOnlyList<string> ColumnNames => _rows.Columns;

    public override int Next()
    {
        BeginCells();
        var count = 0;
        while (count < Most && _rows.Read())
        {
            for (var i = 0; i < _row.Length; i++)
                _row[i] = CellOf(_positions[i], Description.Features.Columns[i].Type);
            if (Description.Features.Encode(_row, Values.AsSpan(count * Description.Features.Width, Description.Features.Width), _cellProblems, Unknown))
                KeepCells(count++);
            else
                NoteProblems();
        }

        if (count < Most)
            EncodedRows.Refuse(_problems);
        return count;
    }

    private Cell CellOf(int column, ColumnType type)
    {
        if (type == ColumnType.Number && _rows.TryGetNumber(column, out var number))
            return Cell.Of(number);
        return _rows.IsMissing(column) ? Cell.Missing : Cell.OfCsv(Encoding.UTF8.GetString(_rows.Cell(column)));
    }

    private void KeepCells(int row)
    {
        for (var column = 0; column < ColumnNames.Count; column++)
            Cells.Cell(_rows.IsMissing(column) ? [] : _rows.Cell(column));
        EndCells(row);
    }

    private void NoteProblems()
    {
        for (var i = 0; i < _cellProblems.Length; i++)
            if (_cellProblems[i] is { } problem)
                _problems.Add(new ProblemItem($"Line {_rows.Line}, column \"{Description.Features.Columns[i].Name}\": {problem}", $"#row={_rows.Line}"));
        if (_problems.Count >= EncodedRows.MaxProblems)
            EncodedRows.Refuse(_problems);
    }
}
