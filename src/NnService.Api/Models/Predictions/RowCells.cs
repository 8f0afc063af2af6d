using NnService.Api.Http;

namespace NnService.Api.Models.Predictions;

/// <summary>The cells of a batch's rows as they came, for an answer that repeats them as CSV.</summary>
internal sealed class RowCells
{
    private const int MostBytes = 1 << 20;

    private readonly List<int> _ends = [];

    /// <summary>Takes the cells of the row at hand.</summary>
    public CsvWriter Writer { get; } = new();

    /// <summary>Whether the batch is to end, however few its rows are: a cell may have a megabyte.</summary>
    public bool AreFull => Writer.Written.Length >= MostBytes;

    /// <summary>A row's cells as a piece of a line.</summary>
    public ReadOnlySpan<byte> Of(int row) => Writer.Written[(row == 0 ? 0 : _ends[row - 1]).._ends[row]];

    /// <summary>Begins a batch.</summary>
    public void Begin()
    {
        Writer.Clear();
        _ends.Clear();
    }

    /// <summary>Ends the row at hand.</summary>
    public void End()
    {
        Writer.EndRow(withLineEnd: false);
        _ends.Add(Writer.Written.Length);
    }
}
