namespace NnService.Api.Storage;

/// <summary>A scratch folder within the data folder, so that files get second names there instead of being copied; it goes with its owner.</summary>
internal sealed class Staging : IDisposable
{
    private const string Name = "staging";

    private Staging(string path) => Path = path;

    public string Path { get; }

    public static Staging Create(DataFolder data) =>
        new(Directory.CreateDirectory(System.IO.Path.Combine(data.Path, Name, Guid.CreateVersion7().ToString("N"))).FullName);

    /// <summary>Removes what processes have left that were killed; a day, for one may be at work beside this one.</summary>
    public static void RemoveOld(DataFolder data, DateTime now)
    {
        var all = new DirectoryInfo(System.IO.Path.Combine(data.Path, Name));
        if (!all.Exists)
            return;
        foreach (var left in all.EnumerateDirectories().Where(folder => folder.LastWriteTimeUtc < now.AddDays(-1)).ToList())
            left.Delete(recursive: true);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
