using NnService.Api.Http;

namespace NnService.Api.Models.Predictions;

/// <summary>The cells of a batch's rows as they came, for an answer that repeats them as CSV.</summary>
internal sealed class RowCells
{
    private readonly int[] _ends = new int[RowBatches.Most];

    /// <summary>Takes the cells of the row at hand.</summary>
    public CsvWriter Writer { get; } = new();

    /// <summary>A row's cells as a piece of a line.</summary>
    public ReadOnlySpan<byte> Of(int row) => Writer.Written[(row == 0 ? 0 : _ends[row - 1]).._ends[row]];

    /// <summary>Begins a batch.</summary>
    public void Begin() => Writer.Clear();

    /// <summary>Ends a row of the batch.</summary>
    public void End(int row)
    {
        Writer.EndRow(withLineEnd: false);
        _ends[row] = Writer.Written.Length;
    }
}
