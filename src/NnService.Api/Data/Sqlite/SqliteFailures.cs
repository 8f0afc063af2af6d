using System.Data.Common;
using Microsoft.Data.Sqlite;
using NnService.Api.Errors;

namespace NnService.Api.Data.Sqlite;

/// <summary>What SQLite's errors mean (sqlite.org/rescode.html).</summary>
internal static class SqliteFailures
{
    private const int IndexCannotGrow = 4874; // SQLITE_IOERR_SHMSIZE: the log's index is written to as it is made longer, and found no room

    public static DatabaseFault FaultOf(DbException failure) => failure is not SqliteException { SqliteErrorCode: var code, SqliteExtendedErrorCode: var detail }
        ? new(DatabaseFaultKind.Other, failure.Message)
        : code switch
        {
            5 or 6 => new(DatabaseFaultKind.Busy, "another program has it locked"),
            8 or 3 => new(DatabaseFaultKind.Inaccessible, "it cannot be written; give the service's user the right to"),
            11 or 26 => new(DatabaseFaultKind.Damaged, "it is damaged"),
            13 => Full,
            10 when detail == IndexCannotGrow => Full,
            14 => new(DatabaseFaultKind.Inaccessible, "it cannot be opened; give the service's user the right to read and write it and its folder"),
            _ => new(DatabaseFaultKind.Other, $"SQLite gives the error {detail}; look whether the disk is in order"),
        };

    private static DatabaseFault Full => new(DatabaseFaultKind.Full, "the disk is full; make room on that of the data folder");
}
