using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Http;
using Npgsql;
using NpgsqlTypes;

namespace NnService.Api.Data.PostgreSql;

/// <summary>
/// What a node of several says and hears on the connection that it holds, twice a second: that it lives and what it does; whether news have gone astray; how many
/// others there are, and whether it leads.
/// </summary>
internal sealed class PostgreSqlPulse(Node node, NewsFeed news, TimeProvider clock, ILogger<PostgreSqlPulse> log)
{
    /// <summary>The channel of notices.</summary>
    public const string Channel = "nnservice";

    /// <summary>The channel of those that tell of points in histories, for nodes that answer.</summary>
    public const string PointsChannel = "nnservice_points";

    /// <summary>How long there is between two beats: half of the second after which a node that hears nothing asks the database for each request.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private const int ForgetAfter = 3600; // seconds without a word

    private static readonly TimeSpan s_mostSkew = TimeSpan.FromSeconds(3); // well within the patience that nodes have with each other

    private static readonly string s_beat = $"""
        INSERT INTO "Nodes" ("Id", "Name", "Role", "Slots", "Leads", "Version", "StartedAt", "SeenAt", "Jobs")
        VALUES (@id, @name, @role, @slots, @leads, @version, @started, clock_timestamp(), @jobs)
        ON CONFLICT ("Id") DO UPDATE SET "SeenAt" = clock_timestamp(), "Slots" = @slots, "Leads" = @leads, "Jobs" = @jobs;
        DELETE FROM "Nodes" WHERE "SeenAt" < clock_timestamp() - make_interval(secs => @forget);
        WITH living AS (SELECT "Role", "Slots" FROM "Nodes" WHERE "SeenAt" > clock_timestamp() - make_interval(secs => @patience))
        SELECT "Number", clock_timestamp(), (SELECT coalesce(sum("Slots"), 0)::bigint FROM living), (SELECT count(*) FROM living WHERE "Role" <> 'worker'),
            CASE WHEN @leads THEN true ELSE {AdvisoryLocks.TryLead} END
        FROM "News";
        """;

    private const string Roll = """SELECT "Id", "Name", "SeenAt" > clock_timestamp() - make_interval(secs => @patience) FROM "Nodes" """;

    private readonly NodeRoll _roll = new(node, log);
    private long _last;
    private bool _isSkewed;
    private bool _leads; // on this connection

    /// <summary>A new connection holds the database.</summary>
    public void Begin(NpgsqlConnection connection)
    {
        Lead(false);
        connection.Notification += (_, notice) => news.Hear(notice.Payload);
        using var listen = connection.CreateCommand();
        listen.CommandText = node.Serves ? $"LISTEN {Channel}; LISTEN {PointsChannel}" : $"LISTEN {Channel}";
        listen.ExecuteNonQuery();
        _last = 0;
    }

    /// <summary>Refuses a start with a clock that goes wrong. Errors: <see cref="StartException"/>.</summary>
    public void RequireClock(NpgsqlConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT clock_timestamp()";
        var before = clock.GetUtcNow();
        var skew = SkewOf((DateTime)command.ExecuteScalar()!, before, clock.GetUtcNow());
        if (skew.Duration() > s_mostSkew)
            throw new StartException($"{Say(skew)} Nodes tell by their clocks which of them live. Set it, by NTP for example, and start again.");
    }

    /// <summary>The connection is lost, and with it whatever was told since.</summary>
    public void Lose()
    {
        Lead(false);
        news.Lose();
    }

    /// <summary>Beats where it is time to.</summary>
    public async Task BeatAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (_last != 0 && Stopwatch.GetElapsedTime(_last) < Interval)
            return;
        var (begun, before) = (Stopwatch.GetTimestamp(), clock.GetUtcNow());
        if (_last != 0 && Stopwatch.GetElapsedTime(_last) is var silence && silence > node.Patience)
            log.LogWarning("This node has stood still for {Seconds:0} seconds: others take it for dead, and may have its jobs", silence.TotalSeconds);
        await using var command = BeatOn(connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var (number, now) = (reader.GetInt64(0), reader.GetDateTime(1));
        node.Size = new ClusterSize((int)reader.GetInt64(2), (int)Math.Max(1, reader.GetInt64(3)));
        var leads = reader.GetBoolean(4);
        var nodes = new List<NodePresence>();
        if (await reader.NextResultAsync(cancellation))
            while (await reader.ReadAsync(cancellation))
                nodes.Add(new NodePresence(reader.GetGuid(0), reader.GetString(1), reader.GetBoolean(2)));
        await reader.CloseAsync();
        _last = Stopwatch.GetTimestamp();
        news.Compare(number);
        node.Heard(begun); // behind what the comparison has had forgotten
        Watch(SkewOf(now, before, clock.GetUtcNow()));
        if (_leads)
            _roll.Look(nodes);
        Lead(leads);
    }

    private void Lead(bool leads)
    {
        _leads = leads; // on this connection
        if (leads && !node.Leads)
            log.LogInformation("This node leads from now on: it takes studies on, sends webhooks and deletes by age");
        else if (!leads && node.Leads)
            log.LogInformation("This node leads no longer");
        if (!leads)
            _roll.Forget();
        node.Lead(leads);
    }

    /// <summary>The node goes: nobody is to wait for it.</summary>
    public void End(NpgsqlConnection connection)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = """DELETE FROM "Nodes" WHERE "Id" = @id""";
            command.Parameters.AddWithValue("id", node.Id);
            command.ExecuteNonQuery();
        }
        catch (Exception away) when (away is DbException or InvalidOperationException)
        {
            log.LogDebug(away, "The node could not say that it goes");
        }
    }

    private NpgsqlCommand BeatOn(NpgsqlConnection connection)
    {
        var command = connection.CreateCommand();
        command.CommandText = _leads ? s_beat + Roll : s_beat;
        command.Parameters.AddWithValue("id", node.Id);
        command.Parameters.AddWithValue("name", node.Name);
        command.Parameters.AddWithValue("role", node.Role.ToString().ToLowerInvariant());
        command.Parameters.AddWithValue("slots", node.Slots);
        command.Parameters.AddWithValue("version", ServiceVersion.Text);
        command.Parameters.Add(new NpgsqlParameter("started", NpgsqlDbType.TimestampTz) { Value = node.StartedAt });
        command.Parameters.AddWithValue("jobs", node.Jobs().ToArray());
        command.Parameters.AddWithValue("leads", _leads);
        command.Parameters.AddWithValue("patience", node.Patience.TotalSeconds);
        command.Parameters.AddWithValue("forget", (double)ForgetAfter);
        command.CommandTimeout = 5;
        return command;
    }

    private void Watch(TimeSpan skew)
    {
        var isSkewed = skew.Duration() > s_mostSkew;
        if (isSkewed && !_isSkewed)
            log.LogError("{Skew} Others may take its jobs for those of a dead node, and do them over; set it, by NTP for example", Say(skew));
        else if (!isSkewed && _isSkewed)
            log.LogInformation("The clock of this machine is right again");
        _isSkewed = isSkewed;
    }

    private static TimeSpan SkewOf(DateTime there, DateTimeOffset before, DateTimeOffset after) =>
        (before + ((after - before) / 2)).UtcDateTime - there.ToUniversalTime();

    private static string Say(TimeSpan skew) => string.Create(
        CultureInfo.InvariantCulture,
        $"The clock of this machine is {skew.Duration().TotalSeconds:0} seconds {(skew > TimeSpan.Zero ? "ahead of" : "behind")} that of the database's server.");
}
