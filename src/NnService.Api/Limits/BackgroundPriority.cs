using System.Runtime.InteropServices;

namespace NnService.Api.Limits;

/// <summary>
/// Lets requests go before a training on the processors both want. .NET's thread priorities have no effect on Linux, and without one a prediction waits for a
/// whole
/// slice of the scheduler's, some milliseconds, whenever it meets a training.
/// </summary>
/// <remarks>
/// For threads that only compute. On Linux a thread begins with the priority of the one that starts it, and an unprivileged process never raises it again. A
/// thread of .NET's pool is started by whoever gives the pool work while none is idle: a low one that completes a task or writes into a channel leaves a low
/// thread to the requests. And where it holds a lock, it is put aside with it.
/// </remarks>
internal static partial class BackgroundPriority
{
    /// <summary>Of a training: what nobody else wants. With 10, predictions beside a training still wait for a slice, and a quarter of them are
    /// answered.</summary>
    public const int OfTrainings = 19;

    private const int OfThread = 0; // PRIO_PROCESS; Linux keeps the nice value by thread, and 0 is the calling one

    /// <summary>Lowers the priority of the calling thread, and of those it starts from now on.</summary>
    /// <param name="nice">How far.</param>
    public static void LowerThisThread(int nice)
    {
        if (OperatingSystem.IsLinux())
            _ = SetPriority(OfThread, 0, nice); // where it is refused, the thread only competes as others do
        else
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
