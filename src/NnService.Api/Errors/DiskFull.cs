using Microsoft.Data.Sqlite;

namespace NnService.Api.Errors;

/// <summary>Tells a full disk from other failures.</summary>
internal static class DiskFull
{
    private const int SqliteFull = 13;
    private const int UnixNoSpace = 28;
    private const int UnixQuota = 122;
    private const int WindowsDiskFull = 112;

    /// <summary>Whether it is why something could not be written.</summary>
    public static bool Caused(Exception exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode == SqliteFull,
        IOException io when (io.HResult & 0xFFFF) is UnixNoSpace or UnixQuota or WindowsDiskFull => true,
        _ => exception.InnerException is { } inner && Caused(inner),
    };
}
