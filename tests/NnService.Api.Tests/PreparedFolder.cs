using System.Collections.Concurrent;

namespace NnService.Api.Tests;

/// <summary>Data folders that several tests begin with. A service process makes each of them once; every test gets a copy.</summary>
internal static class PreparedFolder
{
    private static readonly string s_kept = Directory.CreateTempSubdirectory("nnservice-prepared-").FullName;
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> s_made = new();

    static PreparedFolder() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(s_kept, recursive: true);

    /// <summary>Puts a copy where there is no folder yet.</summary>
    /// <param name="name">The same name is the same folder.</param>
    /// <param name="into">The copy.</param>
    /// <param name="fill">What the service does, and how it ends; called for the first copy of a name alone.</param>
    public static async Task Copy(string name, string into, Func<ServiceProcess, Task> fill)
    {
        var made = await s_made.GetOrAdd(name, _ => new Lazy<Task<string>>(() => Make(fill))).Value;
        foreach (var folder in Directory.GetDirectories(made, "*", SearchOption.AllDirectories).Prepend(made))
        {
            var copy = Directory.CreateDirectory(Path.Combine(into, Path.GetRelativePath(made, folder))).FullName;
            foreach (var file in Directory.GetFiles(folder))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }
    }

    private static async Task<string> Make(Func<ServiceProcess, Task> fill)
    {
        var folder = Path.Combine(s_kept, $"{Guid.NewGuid():N}");
        using var service = await ServiceProcess.Start(folder);
        await fill(service);
        return folder;
    }
}
