using NnService.Api.Errors;

namespace NnService.Api.Data.Sqlite;

/// <summary>Which SQLite the service is willing to keep a write-ahead log with.</summary>
internal static class SqliteVersion
{
    // Before it, two connections that write or checkpoint in the same instant can corrupt the database (sqlite.org/wal.html#walresetbug).
    private static readonly Version Oldest = new(3, 51, 3);

    /// <summary>Refuses to start on the SQLite that has been loaded where it is too old. Errors: <see cref="StartException"/>.</summary>
    public static void RefuseOld()
    {
        SQLitePCL.Batteries_V2.Init();
        if (Refusal(SQLitePCL.raw.sqlite3_libversion().utf8_to_string()) is { } sentence)
            throw new StartException(sentence);
    }

    /// <summary>Why a version will not do, as <c>3.50.4</c>; null where it will.</summary>
    internal static string? Refusal(string version) => Version.TryParse(version, out var loaded) && loaded >= Oldest
        ? null
        : $"The SQLite that was loaded is version {version}; before {Oldest} it can corrupt a database in use (sqlite.org/wal.html#walresetbug). "
            + "Remove the e_sqlite3 library that stands before the service's own, or build the service with its locked packages.";
}
