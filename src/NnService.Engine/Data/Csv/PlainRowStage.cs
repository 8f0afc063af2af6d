namespace NnService.Engine.Data.Csv;

/// <summary>Takes a row of numbers in plain digits. Shapes: [columns] numbers, NaN for cells that were not asked for as numbers; the bytes of the line without
/// its end.</summary>
public delegate void TakePlainRow(ReadOnlySpan<double> numbers, ReadOnlySpan<byte> text, long line);

/// <summary>Hands over row by row what is a number in plain digits wherever one is expected, and elsewhere a plain word: rows whose text can be repeated as it
/// stands.</summary>
internal sealed class PlainRowStage(bool[] areNumbers, TakePlainRow take) : RowStage(areNumbers.Length)
{
    private int _wanted;

    internal override bool TakesWholeRows => true;

    /// <summary>How many rows may still come; called before reading.</summary>
    internal bool Wants(int rows) => (_wanted = rows) >= Rows;

    internal override void Begin() => areNumbers.CopyTo(Plain, 0);

    internal override bool TryTake(int column, ReadOnlySpan<byte> cell, long line, out double value)
    {
        value = double.NaN;
        return !areNumbers[column] && !cell.ContainsAnyExceptInRange((byte)' ', (byte)'~') && !cell.Contains((byte)'"');
    }

    internal override bool Take(int rows, int cells, ReadOnlySpan<byte> buffer, int start, long line)
    {
        for (int row = 0; row < rows; row++)
        {
            take(Values.AsSpan(row * Columns, Columns), buffer[start..Ends[row]], line - rows + row);
            start = Ends[row];
            start += buffer[start] == '\r' && start + 1 < buffer.Length && buffer[start + 1] == '\n' ? 2 : 1;
        }

        _wanted -= rows;
        return _wanted >= Rows;
    }
}
