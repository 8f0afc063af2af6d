using Microsoft.Win32.SafeHandles;

namespace NnService.Engine.Training;

/// <summary>Where encoded rows are kept that are not to be in memory.</summary>
/// <param name="Create">Makes an empty file for so many bytes, which is gone when its handle is closed.</param>
/// <param name="WindowBytes">Bytes of rows that are in memory at a time; <see cref="BytesInMemory"/> says what that takes in all.</param>
public sealed record RowStorage(Func<long, SafeFileHandle> Create, long WindowBytes)
{
    private const long MostWindowBytes = 64 << 20;
    private const long FewestWindowBytes = 256 << 10;
    private const int Share = 16; // of the memory, for one window
    private const int Windows = 4; // one that is trained on, buckets or columns beside it, and pieces of the training and the validation rows
    private const int MostRowsAtOnce = 1024; // of a pass over the rows as they stand

    /// <summary>A window for a memory: so large that there are not more windows than rows in one, which all get a bucket while rows are distributed.</summary>
    /// <param name="memory">Bytes that a job may take in all.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="visits">Row visits of an epoch.</param>
    public static long WindowFor(long memory, long rowBytes, long visits) =>
        Math.Max(Math.Clamp(memory / Share, FewestWindowBytes, MostWindowBytes), rowBytes * (long)Math.Ceiling(Math.Sqrt(visits)));

    /// <summary>What reading rows from files takes at the most.</summary>
    /// <param name="windowBytes">As of <see cref="WindowBytes"/>.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="visits">Row visits of an epoch; each has its row's number and its place.</param>
    public static long BytesInMemory(long windowBytes, long rowBytes, long visits) =>
        (Windows * windowBytes) + (2 * MostRowsAtOnce * rowBytes) + (visits * 2 * sizeof(int));
}
