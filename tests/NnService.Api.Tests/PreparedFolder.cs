using System.Collections.Concurrent;
using System.Diagnostics;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>Data folders that several tests begin with. A service makes each of them once; every test gets a copy.</summary>
internal static class PreparedFolder
{
    private const string Prefix = "nnservice-prepared-";

    private static readonly string s_kept = Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}");
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> s_made = new();

    // The end of a test run may be too short to take everything away; what is left goes with the next one.
    static PreparedFolder()
    {
        foreach (var folder in Directory.GetDirectories(Path.GetTempPath(), $"{Prefix}*"))
            if (int.TryParse(Path.GetFileName(folder)[Prefix.Length..], out var process) && (process == Environment.ProcessId || !IsRunning(process)))
                Delete(folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Delete(s_kept);
    }

    /// <summary>Puts a copy where there is no folder yet.</summary>
    /// <param name="name">The same name is the same folder.</param>
    /// <param name="into">The copy.</param>
    /// <param name="fill">What the service is asked before it is stopped; called for the first copy of a name alone.</param>
    /// <param name="isKilled">Whether it is a process that is killed instead.</param>
    public static async Task Copy(string name, string into, Func<Wire, Task> fill, bool isKilled = false)
    {
        var made = await s_made.GetOrAdd(name, _ => new Lazy<Task<string>>(() => isKilled ? MakeAndKill(fill) : Make(fill))).Value;
        TestDatabase.Copy(made, into);
        foreach (var folder in Directory.GetDirectories(made, "*", SearchOption.AllDirectories).Prepend(made))
        {
            var copy = Directory.CreateDirectory(Path.Combine(into, Path.GetRelativePath(made, folder))).FullName;
            foreach (var file in Directory.GetFiles(folder))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // another run takes it away at the same time, or there is none
        }
    }

    private static async Task<string> Make(Func<Wire, Task> fill)
    {
        var folder = NewFolder();
        using var service = await ServiceHere.Start(folder);
        await fill(service.Wire);
        await service.Stop();
        return folder;
    }

    private static async Task<string> MakeAndKill(Func<Wire, Task> fill)
    {
        var folder = NewFolder();
        using var service = await ServiceProcess.Start(folder);
        await fill(service.Wire);
        await service.Kill();
        return folder;
    }

    private static string NewFolder() => Path.Combine(s_kept, $"{Guid.NewGuid():N}");
}
