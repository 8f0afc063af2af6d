using System.Data.Common;
using Microsoft.Data.Sqlite;
using NnService.Api.Errors;

namespace NnService.Api.Data.Sqlite;

/// <summary>What SQLite's errors mean (sqlite.org/rescode.html).</summary>
internal static class SqliteFailures
{
    public static DatabaseFault FaultOf(DbException failure) => failure is not SqliteException { SqliteErrorCode: var code }
        ? new(DatabaseFaultKind.Other, failure.Message)
        : code switch
        {
            5 or 6 => new(DatabaseFaultKind.Busy, "another program has it locked"),
            8 or 3 => new(DatabaseFaultKind.Inaccessible, "it cannot be written; give the service's user the right to"),
            11 or 26 => new(DatabaseFaultKind.Damaged, "it is damaged"),
            13 => new(DatabaseFaultKind.Full, "the disk is full"),
            14 => new(DatabaseFaultKind.Inaccessible, "it cannot be opened; give the service's user the right to read and write it and its folder"),
            _ => new(DatabaseFaultKind.Other, $"SQLite gives the error {code}; look whether the disk is in order"),
        };
}
