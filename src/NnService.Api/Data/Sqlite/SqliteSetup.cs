using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using NnService.Api.Errors;

namespace NnService.Api.Data.Sqlite;

/// <summary>Registers SQLite as the service's database.</summary>
internal static class SqliteSetup
{
    /// <summary>What it is called in the settings.</summary>
    public const string Name = "Sqlite";

    public static void AddSqlite(this IServiceCollection services)
    {
        services.AddSingleton(new DatabaseFailures("nnservice.db in the data folder", SqliteFailures.FaultOf));
        services.AddSingleton<DatabaseCheck>();
        services.AddSingleton<DatabaseEngine, SqliteEngine>();
        services.AddDbContextFactory<AppDbContext>((provider, options) => provider.GetRequiredService<DatabaseEngine>().Configure(options));
    }
}

/// <summary>Lets <c>dotnet ef</c> build the model without a data folder.</summary>
internal sealed class DesignTimeContext : IDesignTimeDbContextFactory<AppDbContext>
{
    public AppDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<AppDbContext>().UseSqlite("Data Source=:memory:").Options);
}
