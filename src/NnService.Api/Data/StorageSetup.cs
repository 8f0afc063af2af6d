using Microsoft.EntityFrameworkCore;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>Registers the data folder, the blob store and the database.</summary>
internal static class StorageSetup
{
    public static void AddStorage(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => DataFolder.Open(provider.GetRequiredService<IConfiguration>()["Data:Path"] ?? "./data"));
        services.AddSingleton<Damage>();
        services.AddSingleton(new QuarantineAge(Setting.Number(builder.Configuration, "Storage:QuarantineDays", 30, low: 1)));
        services.AddSingleton<Quarantine>();
        services.AddSingleton<Reserve>();
        services.AddSingleton<BlobStore>();
        services.AddSingleton<CheckpointStore>();
        services.AddSingleton<Database>();
        services.AddSingleton(provider => new Later<IDbContextFactory<AppDbContext>>(provider.GetRequiredService<IDbContextFactory<AppDbContext>>));
        services.AddSingleton<DatabaseCheck>();
        services.AddSingleton<Readiness>();
        services.AddDbContextFactory<AppDbContext>((provider, options) => options
            .UseSqlite(SqliteSettings.ConnectionString(provider.GetRequiredService<DataFolder>().DatabaseFile))
            .AddInterceptors(new SqliteSettings()));
        services.AddHostedService<DatabaseStart>();
    }
}

/// <summary>Lets <c>dotnet ef</c> build the model without a data folder.</summary>
internal sealed class DesignTimeContext : Microsoft.EntityFrameworkCore.Design.IDesignTimeDbContextFactory<AppDbContext>
{
    public AppDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<AppDbContext>().UseSqlite("Data Source=:memory:").Options);
}
