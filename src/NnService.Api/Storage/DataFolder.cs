using NnService.Api.Errors;

namespace NnService.Api.Storage;

/// <summary>
/// The folder that holds everything the service keeps. One process at a time: opening it takes a lock that ends with the process. The folder and what is
/// watched in it must stay the ones that were opened: what is written to a file that has been removed is lost, however well the writing goes.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private const int WindowsSharingViolation = 32;
    private const string DatabaseName = "nnservice.db";

    private readonly FileStream? _file;
    private readonly FolderLock? _folder;
    private readonly Lock _gate = new();
    private volatile Watched[] _watched = []; // the folder before what is in it

    private DataFolder(string path, FileStream? file, FolderLock? folder)
    {
        (Path, _file, _folder) = (path, file, folder);
        Watch(path);
    }

    /// <summary>Where the settings have it.</summary>
    public static string PathIn(IConfiguration settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings["Data:Path"] ?? "./data";
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Full path of the database file.</summary>
    public string DatabaseFile => System.IO.Path.Combine(Path, DatabaseName);

    /// <summary>Whether there has been a database here: the lock file says so.</summary>
    public bool HasHadDatabase => _file?.Length > 0;

    /// <summary>Whether this process is the one that has the folder; where not, it may only look at what is there.</summary>
    public bool IsOwned => _file is not null;

    /// <summary>Says for later starts that there is a database.</summary>
    public void MarkDatabase()
    {
        if (HasHadDatabase)
            return;
        _file!.WriteByte((byte)'\n');
        _file.Flush(flushToDisk: true);
    }

    /// <summary>Creates the folder where it is missing and takes its locks: that of the folder, and that of a file in it for systems that lock no
    /// folders.</summary>
    /// <exception cref="StartException">Another process has it, or it cannot be read and written.</exception>
    public static DataFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        FolderLock? folder = null;
        try
        {
            Make(full);
            if (FileIdentity.WhyClosed(full) is { } why)
                throw new UnauthorizedAccessException(why + ".");
            RefuseMixedUp(full);
            folder = FolderLock.TryTake(full) ?? throw InUse(full, null);
            var file = new FileStream(System.IO.Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DataFolder(full, file, folder);
        }
        catch (IOException exception) when ((exception.HResult & 0xFFFF) is WindowsSharingViolation or FolderLock.LinuxWouldBlock or FolderLock.MacWouldBlock)
        {
            folder?.Dispose();
            throw InUse(full, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            folder?.Dispose();
            throw Unusable(full, exception.Message, exception);
        }
    }

    /// <summary>The same for a look at what is there: beside a service that runs on the folder it takes no lock.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="hasDatabase">Whether the database is in it.</param>
    /// <exception cref="StartException">There is no such folder, or no database in it.</exception>
    public static DataFolder OpenOrJoin(string path, bool hasDatabase)
    {
        Require(path, hasDatabase);
        try
        {
            return Open(path);
        }
        catch (FolderInUseException)
        {
            return new DataFolder(System.IO.Path.GetFullPath(path), null, null);
        }
    }

    /// <summary>Errors: <see cref="StartException"/> where there is no such folder, or no database in it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="hasDatabase">Whether the database is to be in it.</param>
    public static void Require(string path, bool hasDatabase)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (!hasDatabase && !Directory.Exists(full))
            throw new StartException($"There is no folder {full}. Name the data folder with --Data:Path=…");
        if (Directory.Exists(full) && FileIdentity.WhyClosed(full) is { } why)
            throw Unusable(full, why + ".", null);
        if (hasDatabase && !File.Exists(System.IO.Path.Combine(full, DatabaseName)))
            throw new StartException($"There is no {DatabaseName} in {full}. Name the data folder with --Data:Path=…");
    }

    /// <summary>Makes a folder in it, and watches that.</summary>
    public string CreateFolder(string name)
    {
        var folder = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(folder);
        Watch(folder);
        return folder;
    }

    /// <summary>From now on the path must lead to the file or folder it leads to now.</summary>
    public void Watch(string path)
    {
        if (!FileIdentity.TryGet(path, out var identity, out _))
            return;
        lock (_gate)
            _watched = [.. _watched.Where(there => there.Path != path), new Watched(path, identity, Directory.Exists(path))];
    }

    /// <summary>Ends all watching but that of folders: the database's files go when it is closed.</summary>
    public void UnwatchFiles()
    {
        lock (_gate)
            _watched = [.. _watched.Where(there => there.IsFolder)];
    }

    /// <summary>Why nothing can be kept any more, in a sentence; null where it can.</summary>
    public string? Obstacle()
    {
        foreach (var watched in _watched)
        {
            var (path, identity, isFolder) = watched;
            if (!FileIdentity.TryGet(path, out var now, out var reason))
                return $"{Name(path)} cannot be reached: {reason}. Put it back as it was and start the service again.";
            if (now != identity)
                return $"{Name(path)} is not the one the service has opened: it was replaced meanwhile. Start the service again.";
            if (!isFolder && watched.HasShrunk())
                return $"{Name(path)} was cut short under the service, which never does that. Start the service again; it says what is lost and keeps a copy.";
            if (isFolder && FileIdentity.WhyClosed(path) is { } why)
                return $"{Name(path)} cannot be read and written: {why}. Give the service's user its rights again.";
        }

        return null;
    }

    /// <summary>Errors: <see cref="FolderException"/> where nothing can be kept any more.</summary>
    public void Require()
    {
        if (Obstacle() is { } obstacle)
            throw new FolderException(obstacle);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _file?.Dispose();
        _folder?.Dispose();
    }

    // Tables, keys of webhooks and everything else in it are nobody else's business. A folder that is there keeps the rights it was given.
    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // A container's engine makes a directory of a file that is to be mounted and is not there.
    private static void RefuseMixedUp(string folder)
    {
        const string PutBack = " before, put that back from a backup.";
        foreach (var file in (string[])["lock", DatabaseName, DatabaseName + "-wal", DatabaseName + "-shm", "reserve"])
            if (System.IO.Path.Combine(folder, file) is var path && Directory.Exists(path))
                throw new StartException($"{path} is a directory, but must be a file. Move the directory away; where there was a file{PutBack}");
        foreach (var name in (string[])["blobs", "checkpoints", "cache", "quarantine"])
            if (System.IO.Path.Combine(folder, name) is var path && File.Exists(path))
                throw new StartException($"{path} is a file, but must be a directory. Move the file away; where there was a directory{PutBack}");
    }

    private static StartException Unusable(string folder, string why, Exception? inner) =>
        new StartException($"The data folder {folder} cannot be used: {why} Choose another with --Data:Path=…", inner);

    private static FolderInUseException InUse(string folder, Exception? inner) => new(folder, inner);

    private string Name(string path) => path == Path ? $"The data folder {Path}" : $"{System.IO.Path.GetRelativePath(Path, path)} in the data folder {Path}";

    private sealed record Watched(string Path, FileIdentity Identity, bool IsFolder)
    {
        private long _most;

        // The engine makes neither the database nor its log shorter as long as a connection is open. What is compared with is read first: others may see it
        // grow meanwhile.
        public bool HasShrunk()
        {
            var most = Interlocked.Read(ref _most);
            var length = new FileInfo(Path) is { Exists: true } file ? file.Length : 0;
            if (length < most)
                return true;
            for (long seen; length > most && (seen = Interlocked.CompareExchange(ref _most, length, most)) != most;)
                most = seen;
            return false;
        }
    }
}

/// <summary>Another process has the data folder.</summary>
public sealed class FolderInUseException(string folder, Exception? inner) : StartException(
    $"The data folder {folder} is in use. Is another NnService running on it? Stop that one, or choose another folder with --Data:Path=…", inner)
{
    /// <summary>The folder.</summary>
    public string Folder => folder;
}

/// <summary>The data folder is not there any more, or is another one; what was asked for is not done.</summary>
public sealed class FolderException(string obstacle) : IOException(obstacle)
{
    /// <summary>The one at the bottom of an exception; null where there is none.</summary>
    public static FolderException? Caused(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return failure.GetBaseException() as FolderException;
    }
}
