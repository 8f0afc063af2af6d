namespace NnService.Api.Tests.Databases;

/// <summary>A server that a class of tests has for itself, where there can be one.</summary>
public sealed class PostgreSqlService : IDisposable
{
    private readonly Lazy<PostgreSqlServer> _server = new(PostgreSqlServer.Start);

    /// <summary>The server, which runs unless a test has stopped it.</summary>
    public PostgreSqlServer Server => _server.Value;

    /// <summary>A new database; its name.</summary>
    public string NewDatabase()
    {
        var name = $"d_{Guid.NewGuid():N}";
        Server.Execute($"CREATE DATABASE {name}");
        return name;
    }

    /// <summary>The settings of a service on a database.</summary>
    public string[] Settings(string database) => [Setting, $"--Database:ConnectionString={Server.ConnectionString(database)}"];

    /// <summary>Asks for PostgreSQL.</summary>
    public const string Setting = "--Database:Provider=PostgreSql";

    public void Dispose()
    {
        if (_server.IsValueCreated)
            Server.Dispose();
    }
}
