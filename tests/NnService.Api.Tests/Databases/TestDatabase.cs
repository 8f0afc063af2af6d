using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Data.PostgreSql;

namespace NnService.Api.Tests.Databases;

/// <summary>
/// The database of each service that a test starts: SQLite in its data folder; or, where the environment says <c>NNSERVICE_TEST_DATABASE=PostgreSql</c>, a
/// database of its own on a server that this test run starts. The same folder has the same database, and a folder that is gone has none.
/// </summary>
internal static class TestDatabase
{
    private const long MillisecondsGone = 60_000; // a test may move its folder away and back
    private const string Variable = "NNSERVICE_TEST_DATABASE";

    private static readonly Lock s_gate = new();
    private static readonly ConcurrentDictionary<string, Known> s_databases = new();
    private static readonly Lazy<PostgreSqlServer> s_server = new(PostgreSqlServer.Start); // it ends with the test run

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

    /// <summary>Puts something between a service and its database.</summary>
    public static void Intercept(IServiceCollection services, IInterceptor interceptor)
    {
        if (IsPostgreSql)
            services.ConfigureDbContext<PostgreSqlContext>(options => options.AddInterceptors(interceptor));
        else
            services.ConfigureDbContext<AppDbContext>(options => options.AddInterceptors(interceptor));
    }

    /// <summary>Removes the database of a folder.</summary>
    public static void Drop(string folder)
    {
        if (s_databases.TryRemove(Path.GetFullPath(folder), out var database))
            s_server.Value.Execute($"DROP DATABASE IF EXISTS \"{database.Name}\" WITH (FORCE)");
    }

    /// <summary>Makes the database of a folder one like that of another, which nobody uses.</summary>
    public static void Copy(string from, string into)
    {
        if (!IsPostgreSql)
            return;
        Drop(into);
        lock (s_gate)
        {
            var template = Of(from);
            var database = s_databases[Path.GetFullPath(into)] = new Known(NameOf(into));
            s_server.Value.Execute($"CREATE DATABASE \"{database.Name}\" TEMPLATE \"{template}\"");
        }
    }

    private static string Of(string folder)
    {
        lock (s_gate)
        {
            DropThoseOfGoneFolders();
            var full = Path.GetFullPath(folder);
            if (!s_databases.TryGetValue(full, out var database))
                s_server.Value.Execute($"CREATE DATABASE \"{(s_databases[full] = database = new Known(NameOf(full))).Name}\"");
            return database.Name;
        }
    }

    private static void DropThoseOfGoneFolders()
    {
        foreach (var (folder, database) in s_databases)
            if (Directory.Exists(folder))
                database.GoneSince = long.MaxValue;
            else if (database.GoneSince == long.MaxValue)
                database.GoneSince = Environment.TickCount64;
            else if (database.GoneSince > 0 && Environment.TickCount64 - database.GoneSince > MillisecondsGone)
                Drop(folder);
    }

    private static string NameOf(string folder) =>
        $"t_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder))).AsSpan(0, 16))}";

    private sealed record Known(string Name)
    {
        /// <summary>When the folder was found gone; 0: there was none yet.</summary>
        public long GoneSince { get; set; }
    }
}
