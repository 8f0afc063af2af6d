namespace NnService.Engine.Data;

/// <summary>What the columns of a table that is being read may keep in memory, all together, whatever the size of the file; the rest goes to the storage.</summary>
internal sealed class ReadingMemory(BlockStorage storage, int columns)
{
    /// <summary>Most distinct values a column may have and still be kept as codes while it is read.</summary>
    internal const int MostDictionaryValues = 65_536;

    private const int BlockBytes = 16 << 20; // of all columns together
    private const int MostRowsPerBlock = 4096; // so that the blocks of some dozens of columns stay in the cache until they are written
    private const int BytesPerValue = 100; // what a dictionary takes for an entry besides its text
    private long _dictionaryBytes = 64 << 20;

    internal BlockStorage Storage => storage;

    /// <summary>Cells a column gathers before it writes them.</summary>
    internal int RowsPerBlock { get; } = Math.Clamp(BlockBytes / sizeof(double) / columns, 64, MostRowsPerBlock);

    /// <summary>Bytes of text a column gathers before it writes them.</summary>
    internal int TextBytesPerBlock { get; } = Math.Clamp(BlockBytes / columns, 1024, 256 << 10);

    /// <summary>Asks for room for one more distinct value.</summary>
    internal bool TryKeep(int textBytes)
    {
        _dictionaryBytes -= textBytes + BytesPerValue;
        return _dictionaryBytes >= 0;
    }
}
