using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Metrics;
using NnService.Api.Startup;
using Npgsql;
using Quartz;

namespace NnService.Api.Data.PostgreSql;

/// <summary>PostgreSQL: a database on a server, for the rows; uploads and checkpoints are kept where Storage:Kind says.</summary>
internal sealed class PostgreSqlEngine(PostgreSqlSettings settings, PostgreSqlLock ownership, Node node, ServiceMeter meter) : DatabaseEngine
{
    public override string Name => settings.Name;

    public override Schema Schema { get; } = new("postgresql.sql");

    public override string TableNames => "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()";

    public override string? MigrationLockTable => null;

    public override string? WriterLock => AdvisoryLocks.TakeWriter;

    public override bool IsInFolder => false;

    public override string? WhyNoCopy =>
        "The rows are in a PostgreSQL database, which has tools of its own for that: take a pg_dump of it, and then a copy of the uploads and "
        + "checkpoints, wherever they are kept. docs/cluster.md says how, and how to put them back.";

    // One statement at a time: Npgsql writes the second and further ones of a batch on the thread pool, where requests may be in front of them, while all other
    // writers wait for this one.
    // Where the server is away, the service says so in its own words, once a request.
    public override void Configure(DbContextOptionsBuilder options) => options
        .UseNpgsql(settings.ToWrite, postgreSql => postgreSql.MaxBatchSize(1))
        .ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.ConnectionError, CoreEventId.QueryIterationFailed, CoreEventId.SaveChangesFailed));

    public override DbConnection OpenToRead() => Open(settings.ToRead);

    public override DbConnection OpenToWrite() => Open(settings.ToWrite);

    public override void Examine()
    {
        ownership.Take();
        RefuseOtherEncodings();
        ownership.TakeTables();
    }

    public override void Attend()
    {
        ownership.Watch();
        meter.Gauge("nnservice.database.size", "By", "Size of the database on its server.", () => (long)Scalar("SELECT pg_database_size(current_database())"));
    }

    // Numbered in the order of the commits, since one transaction at a time writes. That there are more points is for those alone whom somebody may ask for them,
    // and no loss: it is said again with the next.
    public override string? Announcement(News news) => node.IsAlone ? null : news.IsPointsAlone ? Notice(PostgreSqlPulse.PointsChannel, news) : $"""
        WITH moved AS (UPDATE "News" SET "Number" = "Number" + 1 RETURNING "Number")
        SELECT pg_notify('{PostgreSqlPulse.Channel}', "Number" || ' {node.Id:N} {news.ToText()}') FROM moved
        """;

    public override void Tell(News news)
    {
        if (node.IsAlone)
            return;
        using var connection = OpenToWrite();
        using var command = connection.CreateCommand();
        command.CommandText = Notice(PostgreSqlPulse.Channel, news);
        command.ExecuteNonQuery();
    }

    private string Notice(string channel, News news) => $"SELECT pg_notify('{channel}', '0 {node.Id:N} {news.ToText()}')";

    public override string? Marker() => node.IsAlone ? null : Scalar("""SELECT "Marker" FROM "News" """) as string;

    public override string MarkBy(string blobKey) => $"""UPDATE "News" SET "Marker" = '{blobKey}'""";

    public override IReadOnlyList<NodeRow> Nodes()
    {
        if (node.IsAlone)
            return [node.Row()];
        using var connection = (NpgsqlConnection)OpenToRead();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT "Id", "Name", "Role", "Slots", "Leads", "Version", "StartedAt", "SeenAt", extract(epoch FROM clock_timestamp() - "SeenAt")::double precision, "Jobs"
            FROM "Nodes"
            """;
        using var reader = command.ExecuteReader();
        var rows = new List<NodeRow>();
        while (reader.Read())
            rows.Add(new NodeRow(
                reader.GetGuid(0), reader.GetString(1), Enum.TryParse<NodeRole>(reader.GetString(2), ignoreCase: true, out var role) ? role : NodeRole.All, reader.GetInt32(3), reader.GetBoolean(4),
                reader.GetString(5), reader.GetDateTime(6), reader.GetDateTime(7), reader.GetDouble(8), reader.GetFieldValue<Guid[]>(9)));
        return rows;
    }

    public override void StoreSchedule(IPersistentStoreBuilder store) =>
        store.UseDriverDelegate<PostgreSqlSchedule>().UsePostgres(NpgsqlFactory.Instance, settings.ToSchedule); // of two delegates the first one counts

    public override void CopyTo(string file, Action atThatMoment) => throw new StartException(WhyNoCopy!);

    /// <summary>None: the server looks after its pages and references itself.</summary>
    public override IReadOnlyList<string> Faults() => [];

    public override long RowsEver(string table)
    {
        using var connection = OpenToRead();
        using var command = connection.CreateCommand();
        command.CommandText = """SELECT "Ever" FROM "RowsEver" WHERE "Table" = @table""";
        command.Parameters.Add(new NpgsqlParameter("table", table));
        return command.ExecuteScalar() is long ever ? ever : 0;
    }

    public override string GoOnAfter(string table, string column, long ever) => $"""
        SELECT setval(pg_get_serial_sequence('"{table}"', '{column}'), {Math.Max(ever, 1)}, {(ever > 0 ? "true" : "false")});
        UPDATE "RowsEver" SET "Ever" = {ever} WHERE "Table" = '{table}'
        """;

    public override void Close()
    {
        ownership.Release();
        foreach (var pooled in (string[])[settings.ToWrite, settings.ToRead])
        {
            using var connection = new NpgsqlConnection(pooled);
            NpgsqlConnection.ClearPool(connection);
        }
    }

    private static NpgsqlConnection Open(string connectionString)
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private object Scalar(string sql)
    {
        using var connection = OpenToRead();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar()!;
    }

    private void RefuseOtherEncodings()
    {
        if (Scalar("SELECT getdatabaseencoding()") is not "UTF8")
            throw new StartException($"The database {Name} is not in UTF-8. Make it with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.");
    }
}
