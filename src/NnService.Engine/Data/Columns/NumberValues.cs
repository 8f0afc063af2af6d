using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Data.Columns;

/// <summary>
/// Grows a column of numbers: NaN marks a missing cell. Full blocks go to the storage of columns on disk; a table in memory has one array a column,
/// which is made as long as the rest of the file seems to need, so that each number is written once.
/// </summary>
internal sealed class NumberValues(ReadingMemory memory)
{
    private readonly ColumnBlocks _blocks = new(memory.Storage);
    private double[] _block = new double[Math.Min(64, memory.RowsPerBlock)];
    private int _used;
    private int _missing;
    private bool _isWhole = true;

    internal int Rows => _blocks.Rows + _used;

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

    /// <summary>Adds so many numbers, each that many places behind the one before.</summary>
    internal void AddEvery(ReadOnlySpan<double> numbers, int stride, int count)
    {
        for (int from = 0; count > 0;)
        {
            if (_used == _block.Length)
                MakeRoom();
            Span<double> room = _block.AsSpan(_used, Math.Min(count, _block.Length - _used));
            ref double next = ref Unsafe.AsRef(in numbers[from + ((room.Length - 1) * stride)]); // the last is there, so all are
            next = ref Unsafe.Subtract(ref next, (room.Length - 1) * stride);
            for (int i = 0; i < room.Length; i++, next = ref Unsafe.Add(ref next, stride))
                room[i] = next;
            from += room.Length * stride;
            _used += room.Length;
            count -= room.Length;
        }
    }

    /// <summary>Looks at every number added so far, block by block.</summary>
    internal void Scan(Action<ReadOnlySpan<double>> look)
    {
        _blocks.Scan(0, _blocks.Rows, look);
        look(_block.AsSpan(0, _used));
    }

    /// <summary>The column; it counts as whole numbers where every number is one, and nothing that was seen of their texts says otherwise.</summary>
    internal Column ToColumn(string name, ColumnType type, bool mayBeWhole = true)
    {
        if (memory.KeepsNumbers)
            return Column.OfFirst(name, type, _block, _used, mayBeWhole);
        Flush();
        _block = []; // the blocks of columns that come after it are still to be filled
        return Column.OfStored(name, type, new StoredCells(_blocks), _missing, type == ColumnType.Number && mayBeWhole && _isWhole && _missing < Rows);
    }

    /// <summary>How many numbers are missing, and whether all others are whole.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (int Missing, bool IsWhole) LookAt(ReadOnlySpan<double> numbers)
    {
        int missing = 0;
        bool isWhole = true;
        foreach (double number in numbers)
        {
            if (double.IsNaN(number))
                missing++;
            else if (isWhole)
                isWhole = number == Math.Floor(number);
        }

        return (missing, isWhole);
    }

    /// <summary>The least and the greatest of some numbers, missing ones left out, and of two others; −0 is less than 0.</summary>
    internal static (double Min, double Max) Extremes(ReadOnlySpan<double> numbers, double min, double max)
    {
        Vector<double> least = new(min), most = new(max);
        for (; numbers.Length >= Vector<double>.Count; numbers = numbers[Vector<double>.Count..])
        {
            var some = new Vector<double>(numbers);
            Vector<long> isPresent = Vector.Equals(some, some); // NaN is not equal to itself
            least = Vector.ConditionalSelect(isPresent, Vector.Min(least, some), least);
            most = Vector.ConditionalSelect(isPresent, Vector.Max(most, some), most);
        }

        for (int i = 0; i < Vector<double>.Count; i++)
            (min, max) = (Math.Min(min, least[i]), Math.Max(max, most[i]));
        foreach (double number in numbers)
        {
            if (!double.IsNaN(number))
                (min, max) = (Math.Min(min, number), Math.Max(max, number));
        }

        return (min, max);
    }

    /// <summary>How many of some numbers are missing.</summary>
    internal static int CountMissing(ReadOnlySpan<double> numbers)
    {
        Vector<long> present = Vector<long>.Zero; // −1 for each
        int left = numbers.Length % Vector<double>.Count;
        for (int i = 0; i < numbers.Length - left; i += Vector<double>.Count)
        {
            var some = new Vector<double>(numbers[i..]);
            present += Vector.Equals(some, some);
        }

        int missing = numbers.Length - left + (int)Vector.Sum(present);
        foreach (double number in numbers[^left..])
            missing += double.IsNaN(number) ? 1 : 0;
        return missing;
    }

    /// <summary>Gathers the numbers of some rows that are there, into room for all of them; how many there are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int Present(ReadOnlySpan<double> numbers, ReadOnlySpan<int> rows, Span<double> present)
    {
        int count = 0;
        foreach (int row in rows)
        {
            double number = numbers[row];
            present[count] = number; // overwritten by the next where it is missing
            count += double.IsNaN(number) ? 0 : 1;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MakeRoom()
    {
        if (_used < memory.RowsPerBlock)
            Grow(Math.Min(4 * _used, memory.RowsPerBlock)); // a short column stays small
        else if (memory.KeepsNumbers)
            Grow(memory.RowsExpectedAfter(_used));
        else
            Flush();
    }

    private void Grow(int length)
    {
        double[] longer = GC.AllocateUninitializedArray<double>(length);
        _block.AsSpan(0, _used).CopyTo(longer);
        _block = longer;
    }

    private void Flush()
    {
        if (_used == 0)
            return;
        ReadOnlySpan<double> numbers = _block.AsSpan(0, _used);
        ColumnBlock block = ColumnBlock.OfNumbers(memory.Storage, numbers);
        _blocks.Add(block);
        (int missing, bool isWhole) = LookAt(numbers);
        _missing += missing;
        _isWhole &= isWhole;
        _used = 0;
    }
}
