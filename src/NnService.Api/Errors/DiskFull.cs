namespace NnService.Api.Errors;

/// <summary>Tells a full disk from other failures of files.</summary>
internal static class DiskFull
{
    private const int UnixNoSpace = 28;
    private const int UnixQuota = 122;
    private const int WindowsDiskFull = 112;

    /// <summary>Whether it is why a file could not be written.</summary>
    public static bool Caused(Exception exception) => (exception is IOException && (exception.HResult & 0xFFFF) is UnixNoSpace or UnixQuota or WindowsDiskFull)
        || (exception.InnerException is { } inner && Caused(inner));
}
