using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NnService.Api.Storage;

/// <summary>
/// A lock on a folder itself (flock of its handle), which ends with the process. Unlike a file in the folder it cannot be removed under its owner: as long as
/// the folder is the same one, so is the lock, whatever it is called and whatever is in it.
/// </summary>
internal sealed partial class FolderLock : IDisposable
{
    /// <summary>The error of a lock that somebody else has (EWOULDBLOCK).</summary>
    public const int LinuxWouldBlock = 11, MacWouldBlock = 35;

    private const int ReadOnly = 0;
    private const int LinuxCloseOnExec = 0x80000;
    private const int ExclusiveWithoutWaiting = 2 | 4;
    private const int Unlock = 8;

    private readonly SafeFileHandle? _folder;

    private FolderLock(SafeFileHandle? folder) => _folder = folder;

    /// <summary>Takes the lock; null where another process has it. File systems without such locks, and Windows, are left to the lock file.</summary>
    public static FolderLock? TryTake(string folder)
    {
        if (OperatingSystem.IsWindows())
            return new FolderLock(null);
        var handle = new SafeFileHandle(Open(folder, OperatingSystem.IsLinux() ? ReadOnly | LinuxCloseOnExec : ReadOnly), ownsHandle: true);
        if (handle.IsInvalid || Flock(handle, ExclusiveWithoutWaiting) == 0 || Marshal.GetLastPInvokeError() is not (LinuxWouldBlock or MacWouldBlock))
            return new FolderLock(handle);
        handle.Dispose();
        return null;
    }

    /// <summary>Gives it back at once, and not only when a process that is just being started, and has the handle until it runs its program, closes it too.</summary>
    public void Dispose()
    {
        if (_folder is { IsInvalid: false, IsClosed: false })
            _ = Flock(_folder, Unlock);
        _folder?.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);
}
