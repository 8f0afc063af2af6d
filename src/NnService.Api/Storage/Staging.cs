using NnService.Api.Errors;

namespace NnService.Api.Storage;

/// <summary>
/// A scratch folder within the data folder, so that files get second names there instead of being copied. It goes with its owner, who holds a file in it open:
/// one whose file is nobody's is of a process that was killed.
/// </summary>
internal sealed class Staging : IDisposable
{
    private const string Name = "staging";
    private const string Owner = "owner";

    private readonly FileStream _owner;

    private Staging(string path) => (Path, _owner) = (path, Own(path));

    public string Path { get; }

    /// <summary>Makes one.</summary>
    /// <exception cref="StorageUnavailableException">The user of this process may not.</exception>
    public static Staging Create(DataFolder data)
    {
        var all = System.IO.Path.Combine(data.Path, Name);
        try
        {
            return new Staging(Directory.CreateDirectory(System.IO.Path.Combine(all, Guid.CreateVersion7().ToString("N"))).FullName);
        }
        catch (UnauthorizedAccessException)
        {
            throw new StorageUnavailableException($"{all} cannot be written; remove it, or give the service's user its rights.");
        }
    }

    /// <summary>Removes what processes have left that were killed, and nothing of one that is at work beside this one.</summary>
    public static void RemoveLeft(DataFolder data)
    {
        var all = new DirectoryInfo(System.IO.Path.Combine(data.Path, Name));
        if (!all.Exists)
            return;
        foreach (var left in all.EnumerateDirectories().ToList())
            try
            {
                Own(left.FullName).Dispose();
                left.Delete(recursive: true);
            }
            catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
            {
                // its owner is at work, or is another user
            }
    }

    public void Dispose()
    {
        _owner.Dispose();
        Directory.Delete(Path, recursive: true);
        try
        {
            Directory.Delete(System.IO.Path.GetDirectoryName(Path)!); // this process may be another user's than the service
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // another backup is being taken, or the data folder is another user's
        }
    }

    private static FileStream Own(string path) =>
        new(System.IO.Path.Combine(path, Owner), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
}
