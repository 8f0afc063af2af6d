namespace NnService.Engine.Data.Csv;

/// <summary>Where <see cref="CsvTokenizer.ReadPlain(RowStage, out int)"/> puts numbers: a few rows one behind the other, so that the loop writes to one place
/// and stays in the first cache.</summary>
internal abstract class RowStage
{
    private const int MostValues = 2048;
    private const int MostRows = 64;

    protected RowStage(int columns)
    {
        Columns = columns;
        Rows = Math.Clamp(MostValues / columns, 1, MostRows);
        Values = new double[Rows * columns];
        Plain = new bool[columns];
        Ends = new int[Rows];
    }

    /// <summary>Cells of a row.</summary>
    internal int Columns { get; }

    /// <summary>Rows there is room for.</summary>
    internal int Rows { get; }

    /// <summary>[rows, columns] numbers.</summary>
    internal double[] Values { get; }

    /// <summary>[columns] whether to look for a number in plain digits first.</summary>
    internal bool[] Plain { get; }

    /// <summary>[rows] where in the buffer each row's text ends, its line end not counted.</summary>
    internal int[] Ends { get; }

    /// <summary>Whether a row of which only some cells can be taken is left alone.</summary>
    internal virtual bool TakesWholeRows => false;

    /// <summary>Called before the first cell.</summary>
    internal abstract void Begin();

    /// <summary>What to put in the place of a cell that is no number in plain digits, or not looked at as one; false where this cell is for
    /// <see cref="CsvTokenizer.Read"/>.</summary>
    internal abstract bool TryTake(int column, ReadOnlySpan<byte> cell, long line, out double value);

    /// <summary>Called when the stage is full, and at the end. False: no more, please.</summary>
    /// <param name="rows">Rows on the stage.</param>
    /// <param name="cells">Cells of the row after them.</param>
    /// <param name="buffer">What they were read from.</param>
    /// <param name="start">Where in it the first row begins.</param>
    /// <param name="line">Number of the line after the rows.</param>
    internal abstract bool Take(int rows, int cells, ReadOnlySpan<byte> buffer, int start, long line);
}
