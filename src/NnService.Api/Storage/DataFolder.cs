using NnService.Api.Errors;

namespace NnService.Api.Storage;

/// <summary>The folder that holds everything the service keeps. One process at a time: opening it takes a lock that ends with the process.</summary>
public sealed class DataFolder : IDisposable
{
    private const int WindowsSharingViolation = 32;
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Full path of the database file.</summary>
    public string DatabaseFile => System.IO.Path.Combine(Path, "nnservice.db");

    /// <summary>Creates the folder where it is missing and takes its lock.</summary>
    /// <exception cref="StartException">Another process has it, or it cannot be written.</exception>
    public static DataFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(full);
            return new DataFolder(
                full, new FileStream(System.IO.Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when ((exception.HResult & 0xFFFF) is WindowsSharingViolation or LinuxWouldBlock or MacWouldBlock)
        {
            throw new StartException(
                $"The data folder {full} is in use. Is another NnService running on it? Stop that one, or choose another folder with --Data:Path=…", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"The data folder {full} cannot be used: {exception.Message} Choose another with --Data:Path=…", exception);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _lock.Dispose();
}
