using System.Runtime.InteropServices;

namespace NnService.Api.TrainingJobs;

/// <summary>
/// Lets requests go before a training on the processors both want. .NET's thread priorities have no effect on Linux, and without one a prediction waits for a whole
/// slice of the scheduler's, some milliseconds, whenever it meets a training.
/// </summary>
internal static partial class Courtesy
{
    private const int OfThread = 0; // PRIO_PROCESS; Linux keeps the nice value by thread, and 0 is the calling one
    private const int Nice = 19; // what nobody else wants: with 10, predictions beside a training still wait for a slice, and a quarter of them are answered

    /// <summary>Lowers the priority of the calling thread, and of those it starts from now on.</summary>
    public static void OfThisThread()
    {
        if (OperatingSystem.IsLinux())
            _ = SetPriority(OfThread, 0, Nice); // where it is refused, the training is only less polite
        else
            Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
