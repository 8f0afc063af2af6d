using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NnService.Api.Storage;

namespace NnService.Api.Tests.Storage;

/// <summary>Who has a folder.</summary>
public sealed partial class FolderLockTests
{
    [LinuxFact]
    public void It_is_free_when_it_is_given_back_although_a_process_that_is_being_started_has_a_copy_of_the_handle()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Path);
        SafeFileHandle copy;
        using (var first = FolderLock.TryTake(folder.Path))
        {
            Assert.NotNull(first);
            Assert.Null(FolderLock.TryTake(folder.Path));
            copy = new SafeFileHandle(Dup(int.Parse(Path.GetFileName(Directory.EnumerateFileSystemEntries("/proc/self/fd")
                .First(handle => new FileInfo(handle).LinkTarget == folder.Path)))), ownsHandle: true);
        }

        using (copy)
        using (var second = FolderLock.TryTake(folder.Path))
            Assert.NotNull(second);
    }

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Dup(int handle);
}
