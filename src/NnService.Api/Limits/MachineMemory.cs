using System.Reflection;

namespace NnService.Api.Limits;

/// <summary>The memory of the machine, or of the container, as it was before this process set a limit of its own.</summary>
internal static class MachineMemory
{
    /// <summary>Bytes there are.</summary>
    public static long Bytes { get; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>
    /// Holds the heap below a number of bytes, whatever the estimates say: the collector works harder as it comes near, and an allocation beyond it fails.
    /// Not where the service is a guest in another program, such as a test's.
    /// </summary>
    public static void LimitHeap(MemoryLimits limits)
    {
        if (Assembly.GetEntryAssembly() != typeof(MachineMemory).Assembly)
            return;
        _ = Bytes; // before it is changed
        AppContext.SetData("GCHeapHardLimit", (ulong)limits.HeapBytes);
        GC.RefreshMemoryLimit();
    }
}
