namespace NnService.Engine.Data;

/// <summary>Where <see cref="CsvTokenizer.ReadPlain(RowStage, out int)"/> puts numbers: a few rows one behind the other, so that the loop writes to one place and stays in the first cache.</summary>
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
    }

    /// <summary>Cells of a row.</summary>
    internal int Columns { get; }

    /// <summary>Rows there is room for.</summary>
    internal int Rows { get; }

    /// <summary>[rows, columns] numbers.</summary>
    internal double[] Values { get; }

    /// <summary>[columns] whether to look for a number in plain digits first.</summary>
    internal bool[] Plain { get; }

    /// <summary>Called before the first cell.</summary>
    internal abstract void Begin();

    /// <summary>What to put in the place of a cell that is no number in plain digits, or not looked at as one; false where this cell is for <see cref="CsvTokenizer.Read"/>.</summary>
    internal abstract bool TryTake(int column, ReadOnlySpan<byte> cell, long line, out double value);

    /// <summary>Called when the stage is full, and at the end: so many rows are there, and so many cells of the next.</summary>
    internal abstract void Take(int rows, int cells);
}
