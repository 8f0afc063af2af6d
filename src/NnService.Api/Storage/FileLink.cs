using System.Runtime.InteropServices;

namespace NnService.Api.Storage;

/// <summary>A second name for a file, under which its bytes stay when the first one is deleted.</summary>
internal static partial class FileLink
{
    /// <summary>Links a file; false where it is gone, or the file system has no links.</summary>
    public static bool TryLink(string file, string target) => !OperatingSystem.IsWindows() && Link(file, target) == 0;

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string file, string target);
}
