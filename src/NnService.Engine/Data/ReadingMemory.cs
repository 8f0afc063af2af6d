using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;

namespace NnService.Engine.Data;

/// <summary>What the columns of a table that is being read may keep in memory, all together, whatever the size of the file; the rest goes to the
/// storage.</summary>
/// <param name="storage">Where full blocks go.</param>
/// <param name="columns">Number of columns.</param>
/// <param name="source">What is read, where its length says how much there is to come.</param>
internal sealed class ReadingMemory(BlockStorage storage, int columns, Stream? source = null)
{
    /// <summary>Most distinct values a column may have and still be kept as codes while it is read.</summary>
    internal const int MostDictionaryValues = 65_536;

    private const int BlockBytes = 16 << 20; // of all columns together
    private const int MostRowsPerBlock = 4096; // so that the blocks of some dozens of columns stay in the cache until they are written
    private const int FewestRowsToEstimateFrom = 16_384;
    private const double Margin = 1.05; // room that is not used is never touched and costs nothing
    private const int BytesPerValue = 100; // what a dictionary takes for an entry besides its text
    private long _dictionaryBytes = 64 << 20;
    private int _shortTextBytes = 16 << 20;

    internal BlockStorage Storage => storage;

    /// <summary>Whether numbers stay in memory: there is no file for them.</summary>
    internal bool KeepsNumbers => storage is MemoryBlocks;

    /// <summary>Cells a column gathers before it writes them.</summary>
    internal int RowsPerBlock { get; private set; } = RowsPerBlockOf(columns);

    /// <summary>Bytes of text a column gathers before it writes them.</summary>
    internal int TextBytesPerBlock { get; private set; } = TextBytesPerBlockOf(columns);

    /// <summary>Makes the next blocks as large as those of so many columns.</summary>
    internal void ShareAmong(int columns) => (RowsPerBlock, TextBytesPerBlock) = (RowsPerBlockOf(columns), TextBytesPerBlockOf(columns));

    /// <summary>How many rows to make room for, now that so many have been read and more come.</summary>
    internal int RowsExpectedAfter(int rows)
    {
        double share = source is { CanSeek: true } ? (source.Position - CsvTokenizer.BufferBytes) / (double)source.Length : 0;
        return (int)Math.Min(Array.MaxLength, share <= 0 || rows < FewestRowsToEstimateFrom ? 4.0 * rows : Math.Max(1.5 * rows, Margin * rows / share));
    }

    /// <summary>Asks for room for one more distinct value.</summary>
    internal bool TryKeep(int textBytes)
    {
        _dictionaryBytes -= textBytes + BytesPerValue;
        return _dictionaryBytes >= 0;
    }

    /// <summary>Asks for room for a larger table of short texts, for which all columns together have 16 MiB.</summary>
    internal bool TryEnlarge(int bytes)
    {
        if (bytes > _shortTextBytes)
            return false;
        _shortTextBytes -= bytes;
        return true;
    }

    private static int RowsPerBlockOf(int columns) => Math.Clamp(BlockBytes / sizeof(double) / columns, 64, MostRowsPerBlock);

    private static int TextBytesPerBlockOf(int columns) => Math.Clamp(BlockBytes / columns, 1024, 256 << 10);
}
