using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace NnService.Api.Tests.Databases;

/// <summary>
/// The database of each service that a test starts: SQLite in its data folder; or, where the environment says <c>NNSERVICE_TEST_DATABASE=PostgreSql</c>, a
/// database of its own on a server that this test run starts. The same folder has the same database, and a folder that is gone has none.
/// </summary>
internal static class TestDatabase
{
    private const string Variable = "NNSERVICE_TEST_DATABASE";

    private static readonly Lock s_gate = new();
    private static readonly ConcurrentDictionary<string, string> s_databases = new();
    private static readonly Lazy<PostgreSqlServer> s_server = new(() =>
    {
        var server = PostgreSqlServer.Start();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return server;
    });

    /// <summary>Whether tests run on PostgreSQL.</summary>
    public static bool IsPostgreSql { get; } = Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "Sqlite" => false,
        "PostgreSql" when PostgreSqlServer.WhyMissing is { } why => throw new InvalidOperationException($"{Variable}: {why}"),
        "PostgreSql" => true,
        var other => throw new InvalidOperationException($"{Variable} is \"{other}\"; it must be Sqlite or PostgreSql."),
    };

    /// <summary>The settings of a service on a data folder, without the <c>--</c>.</summary>
    public static IEnumerable<(string Name, string Value)> Settings(string folder) => IsPostgreSql
        ? [("Database:Provider", "PostgreSql"), ("Database:ConnectionString", s_server.Value.ConnectionString(Of(folder)))]
        : [];

    /// <summary>Removes the database of a folder.</summary>
    public static void Drop(string folder)
    {
        if (s_databases.TryRemove(Path.GetFullPath(folder), out var database))
            s_server.Value.Execute($"DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)");
    }

    /// <summary>Makes the database of a folder one like that of another, which nobody uses.</summary>
    public static void Copy(string from, string into)
    {
        if (!IsPostgreSql)
            return;
        Drop(into);
        lock (s_gate)
            s_server.Value.Execute($"CREATE DATABASE \"{s_databases[Path.GetFullPath(into)] = NameOf(into)}\" TEMPLATE \"{Of(from)}\"");
    }

    private static string Of(string folder)
    {
        lock (s_gate)
        {
            foreach (var gone in s_databases.Keys.Where(known => !Directory.Exists(known)))
                Drop(gone);
            return s_databases.GetOrAdd(Path.GetFullPath(folder), full =>
            {
                var name = NameOf(full);
                Directory.CreateDirectory(full);
                s_server.Value.Execute($"CREATE DATABASE \"{name}\"");
                return name;
            });
        }
    }

    private static string NameOf(string folder) => $"t_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder))).AsSpan(0, 16))}";
}
