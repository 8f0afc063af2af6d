using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>A test that mounts a small file system, and is skipped where that is not allowed; .ci/run may.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> s_isAllowed = new(IsAllowed);

    public SmallDiskFactAttribute([CallerFilePath] string file = "", [CallerMemberName] string member = "") =>
        Skip = OnlySqlite.WhySkipped(file, member) ?? (s_isAllowed.Value ? null : "A small file system (tmpfs) cannot be mounted here; root may.");

    /// <summary>Mounts 24 MB of memory; whether that was allowed.</summary>
    public static bool Mount(string folder)
    {
        Directory.CreateDirectory(folder);
        return Run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder);
    }

    /// <summary>Takes it away again.</summary>
    public static bool Unmount(string folder) => Run("umount", folder);

    private static bool IsAllowed()
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-mount-").FullName;
        try
        {
            return OperatingSystem.IsLinux() && Mount(folder) && Unmount(folder);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
