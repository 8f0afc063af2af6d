namespace NnService.Api.Limits;

/// <summary>How the memory that the service may take is shared out.</summary>
/// <param name="Bytes"><c>Limits:MemoryBytes</c>: of the whole process.</param>
internal sealed record MemoryLimits(long Bytes)
{
    private const long OutsideTheHeapBytes = 224L << 20; // code, threads, what the database hands over
    private const long ServiceItselfBytes = 64L << 20; // what its own objects take

    /// <summary>Bytes of the heap at the most.</summary>
    public long HeapBytes { get; } = Math.Max(Bytes / 2, Bytes - OutsideTheHeapBytes);

    /// <summary>Bytes that models kept ready may take.</summary>
    public long ModelBytes => HeapBytes / 8;

    /// <summary>Bytes of bodies that wait in memory; more of them wait in files.</summary>
    public long BodyBytes => HeapBytes / 8;

    /// <summary>Cells of the tables kept open: a column of words takes up to some hundred bytes for each.</summary>
    public long TableCells => Math.Min(50_000_000, HeapBytes / 256);

    /// <summary>Bytes for large requests and for trainings. What is left over is garbage that has not been collected yet.</summary>
    public long WorkBytes => (HeapBytes - ModelBytes - BodyBytes - ServiceItselfBytes) / 8 * 7;
}
