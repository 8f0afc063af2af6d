using System.Runtime.InteropServices;

namespace NnService.Api.Storage;

/// <summary>Which file or folder a path leads to: two paths, or one at two times, lead to the same one where the identities are equal.</summary>
/// <param name="Device">The file system's number.</param>
/// <param name="Node">The file's number in it.</param>
internal readonly partial record struct FileIdentity(ulong Device, ulong Node)
{
    private const int CurrentFolder = -100;
    private const uint NodeWanted = 0x100;
    private const int StatxBytes = 256;
    private const int NodeAt = 32;
    private const int DeviceAt = 136;
    private const int ReadWrite = 4 | 2;
    private const int ReadWriteEnter = ReadWrite | 1;

    /// <summary>What a path leads to; where it leads nowhere, the reason in the system's words.</summary>
    // Other systems than Linux have no such call under one name: there only the absence is noticed.
    public static bool TryGet(string path, out FileIdentity identity, out string reason)
    {
        identity = default;
        reason = "";
        if (!OperatingSystem.IsLinux())
        {
            reason = Path.Exists(path) ? "" : "No such file or directory";
            return reason.Length == 0;
        }

        Span<byte> status = stackalloc byte[StatxBytes];
        if (Statx(CurrentFolder, path, 0, NodeWanted, ref MemoryMarshal.GetReference(status)) != 0)
        {
            reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            return false;
        }

        identity = new FileIdentity(MemoryMarshal.Read<ulong>(status[DeviceAt..]), MemoryMarshal.Read<ulong>(status[NodeAt..]));
        return true;
    }

    /// <summary>Why files in a folder cannot be read and made, in the system's words; null where they can.</summary>
    public static string? WhyClosed(string folder) => WhyNot(folder, ReadWriteEnter);

    /// <summary>Why a file cannot be read and written, in the system's words; null where it can.</summary>
    public static string? WhyNotWritable(string file) => WhyNot(file, ReadWrite);

    private static string? WhyNot(string path, int mode) =>
        OperatingSystem.IsWindows() || Access(path, mode) == 0 ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte status);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
