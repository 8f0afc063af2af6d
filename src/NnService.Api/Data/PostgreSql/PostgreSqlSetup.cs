using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using NnService.Api.Data.Transfer;
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
        services.AddSingleton<PostgreSqlPulse>();
        services.AddSingleton<PostgreSqlLock>();
        services.AddSingleton<DatabaseEngine, PostgreSqlEngine>();
        services.AddDbContextFactory<PostgreSqlContext>((provider, options) => provider.GetRequiredService<DatabaseEngine>().Configure(options));
        services.AddSingleton<IDbContextFactory<AppDbContext>, PostgreSqlContexts>();
    }

    /// <summary>A database beside the service's own, for a command that fills it.</summary>
    public static TransferTarget TargetOf(string connectionString, IServiceProvider services)
    {
        var settings = new PostgreSqlSettings(connectionString);
        var ownership = ActivatorUtilities.CreateInstance<PostgreSqlLock>(services, settings, ActivatorUtilities.CreateInstance<PostgreSqlPulse>(services));
        var engine = ActivatorUtilities.CreateInstance<PostgreSqlEngine>(services, settings, ownership);
        return new TransferTarget(engine, Open, new DatabaseFailures(settings.Name, PostgreSqlFailures.FaultOf));

        PostgreSqlContext Open()
        {
            var options = new DbContextOptionsBuilder<PostgreSqlContext>();
            engine.Configure(options);
            return new PostgreSqlContext(options.Options);
        }
    }
}

/// <summary>Lets <c>dotnet ef</c> build the model without a server.</summary>
internal sealed class DesignTimeContext : IDesignTimeDbContextFactory<PostgreSqlContext>
{
    public PostgreSqlContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgreSqlContext>().UseNpgsql("Host=none;Database=none").Options);
}
