using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using NnService.Api.Errors;

namespace NnService.Api.Data.PostgreSql;

/// <summary>Registers PostgreSQL as the service's database.</summary>
internal static class PostgreSqlSetup
{
    /// <summary>What it is called in the settings.</summary>
    public const string Name = "PostgreSql";

    public static void AddPostgreSql(this IServiceCollection services, string? connectionString)
    {
        var settings = new PostgreSqlSettings(connectionString);
        services.AddSingleton(settings);
        services.AddSingleton(new DatabaseFailures(settings.Name, PostgreSqlFailures.FaultOf));
        services.AddSingleton<PostgreSqlLock>();
        services.AddSingleton<DatabaseEngine, PostgreSqlEngine>();
        services.AddDbContextFactory<PostgreSqlContext>((provider, options) => provider.GetRequiredService<DatabaseEngine>().Configure(options));
        services.AddSingleton<IDbContextFactory<AppDbContext>, PostgreSqlContexts>();
    }
}

/// <summary>Lets <c>dotnet ef</c> build the model without a server.</summary>
internal sealed class DesignTimeContext : IDesignTimeDbContextFactory<PostgreSqlContext>
{
    public PostgreSqlContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgreSqlContext>().UseNpgsql("Host=none;Database=none").Options);
}
