using NnService.Api.Http;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>Rows to predict, encoded some at a time, so that memory does not grow with their number.</summary>
internal abstract class RowBatches(ModelDescription description)
{
    /// <summary>Most rows of a batch.</summary>
    public const int Most = 1024;

    private readonly CsvWriter _cells = new();
    private readonly int[] _ends = new int[Most];

    /// <summary>Names of the columns the rows have.</summary>
    public abstract IReadOnlyList<string> ColumnNames { get; }

    /// <summary>Categories that training had not seen.</summary>
    public UnknownCategories Unknown { get; } = new();

    /// <summary>What is to be said about the rows besides the predictions.</summary>
    public virtual IReadOnlyList<string> Warnings => Unknown.Warnings;

    /// <summary>[Most, width of the features], of which the first rows of the batch are filled.</summary>
    public double[] Values { get; } = new double[Most * description.Features.Width];

    protected ModelDescription Description => description;

    /// <summary>Encodes the next rows and says how many; 0 at the end. Errors: what keeps a row from being read or encoded.</summary>
    public abstract int Next();

    /// <summary>The row's own cells as a piece of a line of CSV.</summary>
    public ReadOnlySpan<byte> CellsOf(int row)
    {
        var start = row == 0 ? 0 : _ends[row - 1];
        return _cells.Written[start.._ends[row]];
    }

    protected void BeginCells() => _cells.Clear();

    protected CsvWriter Cells => _cells;

    protected void EndCells(int row)
    {
        _cells.EndRow(withLineEnd: false);
        _ends[row] = _cells.Written.Length;
    }
}
