using NnService.Api.Errors;
using Npgsql;

namespace NnService.Api.Data.PostgreSql;

/// <summary>How the database is reached: the connection string of the settings, with what every connection of the service needs.</summary>
internal sealed class PostgreSqlSettings
{
    private const string Key = "Database:ConnectionString";
    private const string Form = "Host=db.example.com;Port=5432;Database=nnservice;Username=nnservice;Password=…";

    // A process that has vanished or stands still must not keep the writers' lock: the server finds out after 25 seconds, or ends its transaction after 15.
    private const string SessionOptions =
        "-c idle_in_transaction_session_timeout=15000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

    private readonly NpgsqlConnectionStringBuilder _given;

    /// <param name="connectionString">As Npgsql takes it. Errors: <see cref="StartException"/>, which never repeats any of it.</param>
    public PostgreSqlSettings(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            throw new StartException($"The setting {Key} is missing: it says where the PostgreSQL database is. Write it as {Form}");
        _given = Parse(connectionString);
        foreach (var (name, value) in new[] { ("Host", _given.Host), ("Database", _given.Database) })
            if (string.IsNullOrWhiteSpace(value))
                throw new StartException($"The setting {Key} has no {name}. Write it as {Form}");
        Name = $"{_given.Database} on {_given.Host}:{_given.Port}";
        ToWrite = With("-c lock_timeout=15000");
        ToRead = With("-c lock_timeout=15000 -c default_transaction_read_only=on");
        ToHold = With("-c lock_timeout=5000 -c synchronous_commit=off", holds: true); // that a node lives need not outlast the server
        ToSchedule = With("-c lock_timeout=15000 -c statement_timeout=30000");
    }

    /// <summary>What the database is called in messages.</summary>
    public string Name { get; }

    /// <summary>For connections of EF Core, and those that write.</summary>
    public string ToWrite { get; }

    /// <summary>For connections on which the server refuses to change anything.</summary>
    public string ToRead { get; }

    /// <summary>For the one connection that stays open as long as the service has the database.</summary>
    public string ToHold { get; }

    /// <summary>For those of the scheduler.</summary>
    public string ToSchedule { get; }

    private static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            // What it says may be a part of the password, where a semicolon is in it.
            throw new StartException(
                $"The setting {Key} is no connection string of PostgreSQL: a name in it is unknown, or a value is wrong. Write it as {Form} "
                + "A value with a semicolon or an equals sign in it stands in double quotes.");
        }
    }

    private string With(string options, bool holds = false)
    {
        var all = new NpgsqlConnectionStringBuilder(_given.ConnectionString)
        {
            Options = string.Join(' ', SessionOptions, options, _given.Options).TrimEnd(),
            SearchPath = "public",
            Enlist = false,
        };
        if (!_given.ContainsKey("Application Name"))
            all.ApplicationName = "nnservice";
        if (!_given.ContainsKey("Timeout"))
            all.Timeout = 10;
        if (!_given.ContainsKey("Maximum Pool Size"))
            all.MaxPoolSize = 30;
        if (holds)
            (all.Pooling, all.KeepAlive) = (false, 10);
        return all.ConnectionString;
    }
}
