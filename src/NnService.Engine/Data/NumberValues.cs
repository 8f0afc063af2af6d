using System.Runtime.CompilerServices;

namespace NnService.Engine.Data;

/// <summary>Grows a column of numbers: NaN marks a missing cell; full blocks go to the storage.</summary>
internal sealed class NumberValues(ReadingMemory memory)
{
    private readonly ColumnBlocks _blocks = new(memory.Storage);
    private double[] _block = new double[Math.Min(64, memory.RowsPerBlock)];
    private int _used;
    private bool _isWhole = true;

    internal int Rows => _blocks.Rows + _used;

    private int Missing { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(double value)
    {
        if (_used == _block.Length)
            MakeRoom();
        _block[_used++] = value;
    }

    internal void Add(double value, int count)
    {
        for (int i = 0; i < count; i++)
            Add(value);
    }

    /// <summary>Looks at every number added so far, block by block.</summary>
    internal void Scan(Action<ReadOnlySpan<double>> look)
    {
        _blocks.Scan(0, _blocks.Rows, look);
        look(_block.AsSpan(0, _used));
    }

    internal Column ToColumn(string name, ColumnType type)
    {
        Flush();
        return Column.OfStored(name, type, new StoredCells(_blocks), Missing, type == ColumnType.Number && _isWhole && Missing < Rows);
    }

    private void MakeRoom()
    {
        if (_used < memory.RowsPerBlock)
            Array.Resize(ref _block, Math.Min(4 * _used, memory.RowsPerBlock)); // a short column stays small
        else
            Flush();
    }

    private void Flush()
    {
        if (_used == 0)
            return;
        ReadOnlySpan<double> numbers = _block.AsSpan(0, _used);
        ColumnBlock block = ColumnBlock.OfNumbers(memory.Storage, numbers);
        _blocks.Add(block);
        foreach (double number in numbers)
        {
            if (double.IsNaN(number))
                Missing++;
            else if (block.Form > BlockForm.Int32 && _isWhole)
                _isWhole = number == Math.Floor(number);
        }

        _used = 0;
    }
}
