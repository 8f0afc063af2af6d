using System.Data.Common;
using System.Net.Sockets;
using NnService.Api.Errors;
using Npgsql;

namespace NnService.Api.Data.PostgreSql;

/// <summary>What PostgreSQL's errors mean (postgresql.org/docs/current/errcodes-appendix.html).</summary>
internal static class PostgreSqlFailures
{
    private const string LackOfRights =
        "its user may not do that; make the user the owner of the database, or GRANT ALL ON SCHEMA public and on all tables and sequences in it";

    public static DatabaseFault FaultOf(DbException failure) => failure switch
    {
        PostgresException refused => Of(refused.SqlState),
        NpgsqlException { InnerException: TimeoutException } => new(DatabaseFaultKind.Unreachable, "it did not answer in time"),
        NpgsqlException { InnerException: SocketException or IOException or ObjectDisposedException } => new(
            DatabaseFaultKind.Unreachable, "it cannot be reached; look whether the server runs, and at Host and Port in Database:ConnectionString"),
        _ => new(DatabaseFaultKind.Other, failure.Message.TrimEnd('.')),
    };

    private static DatabaseFault Of(string state) => state switch
    {
        "3D000" => new(
            DatabaseFaultKind.Inaccessible,
            "there is no such database; make it with CREATE DATABASE … OWNER …, or correct Database in Database:ConnectionString"),
        "28P01" or "28000" => new(
            DatabaseFaultKind.Inaccessible,
            "the server refuses the user or the password; correct Username and Password in Database:ConnectionString, or the server's pg_hba.conf"),
        "42501" or "3F000" => new(DatabaseFaultKind.Inaccessible, LackOfRights),
        "25006" => new(DatabaseFaultKind.Inaccessible, "it takes no changes; it may be a standby"),
        "53100" => new(DatabaseFaultKind.Full, "the disk of its server is full"),
        "53300" => new(DatabaseFaultKind.Busy, "its server has no connection left; raise max_connections there, or lower Maximum Pool Size"),
        "53200" => new(DatabaseFaultKind.Busy, "its server has no memory left"),
        "40001" or "40P01" or "55P03" or "57014" => new(DatabaseFaultKind.Busy, "others keep it busy"),
        "57P03" => new(DatabaseFaultKind.Unreachable, "its server is starting or stopping; try again in a moment"),
        "57P01" or "57P02" or "57P04" or "57P05" or "25P03" => new(DatabaseFaultKind.Unreachable, "its server has ended the connection"),
        "XX001" or "XX002" => new(DatabaseFaultKind.Damaged, "it is damaged"),
        _ when state.StartsWith("08", StringComparison.Ordinal) => new(DatabaseFaultKind.Unreachable, "the connection to it was lost"),
        _ => new(DatabaseFaultKind.Other, $"PostgreSQL gives the error {state}; the log of its server has more"),
    };
}
