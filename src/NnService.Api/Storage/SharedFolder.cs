using NnService.Api.Errors;

namespace NnService.Api.Storage;

/// <summary>
/// A folder for blobs and checkpoints beside the data folder, which several nodes may share. It must stay the one that was opened: below a mount that has gone
/// lies an empty folder that takes everything.
/// </summary>
internal sealed class SharedFolder
{
    private static readonly TimeSpan MostWaiting = TimeSpan.FromSeconds(2);

    private readonly FileIdentity _identity;
    private readonly BriefLook _brief;

    /// <param name="path">The folder.</param>
    /// <exception cref="StartException">It is missing, or closed to the service's user.</exception>
    public SharedFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(Path))
            throw new StartException(
                $"There is no folder {Path} (Storage:BlobFolder). Make it, or mount what is to be there; the service does not make it, for it could not tell a "
                + "missing mount from a new folder.");
        if (FileIdentity.WhyClosed(Path) is { } why)
            throw new StartException(
                $"The folder {Path} (Storage:BlobFolder) cannot be used: {why}. Give the service's user its rights, or choose another one.");
        FileIdentity.TryGet(Path, out _identity, out _);
        _brief = new BriefLook(
            Obstacle,
            $"The folder {Path} (Storage:BlobFolder) has not answered in {MostWaiting.TotalSeconds:0} seconds. Look whether the server of its mount can be reached.",
            MostWaiting,
            TimeProvider.System);
    }

    public string Path { get; }

    /// <summary>Why it cannot be used now; null where it can.</summary>
    public string? Obstacle()
    {
        if (!FileIdentity.TryGet(Path, out var now, out var reason))
            return $"The folder {Path} (Storage:BlobFolder) cannot be reached: {reason}. Put it back as it was.";
        if (now != _identity)
            return $"The folder {Path} (Storage:BlobFolder) is not the one the service has opened: it was replaced or mounted anew. Start the service again.";
        return FileIdentity.WhyClosed(Path) is { } why
            ? $"The folder {Path} (Storage:BlobFolder) cannot be read and written: {why}. Give the service's user its rights again." : null;
    }

    /// <summary>The same, or that it does not say so within two seconds: a mount whose server is silent holds whoever looks at it.</summary>
    public string? ObstacleSoon() => _brief.Ask();

    /// <summary>Errors: <see cref="StorageUnavailableException"/> where it cannot be used now.</summary>
    public void Require()
    {
        if (Obstacle() is { } obstacle)
            throw new StorageUnavailableException(obstacle);
    }
}
