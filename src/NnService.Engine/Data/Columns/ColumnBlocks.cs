using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace NnService.Engine.Data.Columns;

/// <summary>The cells of one column as blocks in a storage: numbers, or codes into a dictionary, or texts.</summary>
internal sealed class ColumnBlocks(BlockStorage storage)
{
    private readonly List<ColumnBlock> _blocks = [];

    internal ColumnBlocks(BlockStorage storage, IEnumerable<ColumnBlock> blocks)
        : this(storage)
    {
        foreach (ColumnBlock block in blocks)
            Add(block);
    }

    internal int Rows { get; private set; }

    internal IReadOnlyList<ColumnBlock> Blocks => _blocks;

    /// <summary>Whether some cells are kept as texts, because their column had too many distinct ones for a dictionary.</summary>
    internal bool HasTexts { get; private set; }

    internal BlockStorage Storage => storage;

    internal void Add(ColumnBlock block)
    {
        _blocks.Add(block);
        Rows += block.Rows;
        HasTexts |= block.Form == BlockForm.Text;
    }

    /// <summary>Looks at the numbers of some rows, block by block.</summary>
    internal void Scan(int first, int count, Action<ReadOnlySpan<double>> look)
    {
        double[] buffer = ArrayPool<double>.Shared.Rent(Longest());
        foreach ((ColumnBlock block, int from, int rows) in Overlapping(first, count))
        {
            block.Read(storage, buffer.AsSpan(0, block.Rows));
            look(buffer.AsSpan(from, rows));
        }

        ArrayPool<double>.Shared.Return(buffer);
    }

    /// <summary>Reads the numbers of some rows: whole blocks straight to where they go.</summary>
    internal void Read(int first, int count, Span<double> numbers)
    {
        double[] buffer = [];
        foreach ((ColumnBlock block, int from, int rows) in Overlapping(first, count))
        {
            if (rows == block.Rows)
            {
                block.Read(storage, numbers[..rows]);
            }
            else
            {
                buffer = buffer.Length < block.Rows ? new double[block.Rows] : buffer;
                block.Read(storage, buffer.AsSpan(0, block.Rows));
                buffer.AsSpan(from, rows).CopyTo(numbers);
            }

            numbers = numbers[rows..];
        }
    }

    /// <summary>Looks at the codes of some rows, block by block; there must be no texts among them.</summary>
    internal void Scan(int first, int count, Action<ReadOnlySpan<int>> look)
    {
        int[] buffer = ArrayPool<int>.Shared.Rent(Longest());
        foreach ((ColumnBlock block, int from, int rows) in Overlapping(first, count))
        {
            block.Read(storage, buffer.AsSpan(0, block.Rows));
            look(buffer.AsSpan(from, rows));
        }

        ArrayPool<int>.Shared.Return(buffer);
    }

    /// <summary>Looks at the cells of some rows as UTF-8, one by one; the flag says that a cell is missing.</summary>
    internal void Scan(int first, int count, IReadOnlyList<string> dictionary, Action<ReadOnlySpan<byte>, bool> look)
    {
        byte[] value = []; // of one code after the other: of a large dictionary a few rows need little
        var codes = new int[Longest()];
        foreach ((ColumnBlock block, int from, int rows) in Overlapping(first, count))
        {
            if (block.Form != BlockForm.Text)
            {
                block.Read(storage, codes.AsSpan(0, block.Rows));
                foreach (int code in codes.AsSpan(from, rows))
                    look(code < 0 ? [] : Utf8Of(dictionary[code], ref value), code < 0);
                continue;
            }

            byte[] bytes = block.Read(storage);
            ReadOnlySpan<int> lengths = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, block.Rows * sizeof(int)));
            int at = block.Rows * sizeof(int);
            for (int row = 0; row < from + rows; at += Math.Max(0, lengths[row]), row++)
            {
                if (row >= from)
                    look(bytes.AsSpan(at, Math.Max(0, lengths[row])), lengths[row] < 0);
            }

            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Gives up what a storage in memory holds.</summary>
    internal void Free() => _blocks.ForEach(block => storage.Free(block.Position));

    /// <summary>Whether every byte is as it was written.</summary>
    internal bool AreIntact() => _blocks.TrueForAll(block => block.IsIntact(storage));

    private static ReadOnlySpan<byte> Utf8Of(string text, ref byte[] room)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (room.Length < most)
            room = new byte[most];
        return room.AsSpan(0, Encoding.UTF8.GetBytes(text, room));
    }

    private int Longest() => _blocks.Count == 0 ? 0 : _blocks.Max(block => block.Rows);

    private IEnumerable<(ColumnBlock Block, int From, int Rows)> Overlapping(int first, int count)
    {
        int start = 0;
        foreach (ColumnBlock block in _blocks)
        {
            int from = Math.Max(0, first - start);
            int to = (int)Math.Min(block.Rows, (long)first + count - start);
            if (to > from)
                yield return (block, from, to - from);
            start += block.Rows;
            if (start >= (long)first + count)
                yield break;
        }
    }
}
