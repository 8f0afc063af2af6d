using Microsoft.EntityFrameworkCore;
using NnService.Api.Data.Nodes;
using NnService.Api.Data.PostgreSql;
using NnService.Api.Data.Sqlite;
using NnService.Api.Data.Transfer;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>Registers the data folder, the blob store and the database.</summary>
internal static class StorageSetup
{
    private const string Provider = "Database:Provider";
    private const string ConnectionString = "Database:ConnectionString";

    public static void AddStorage(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(provider => DataFolder.Open(DataFolder.PathIn(provider.GetRequiredService<IConfiguration>())));
        services.AddSingleton<Damage>();
        services.AddSingleton(new QuarantineAge(Setting.Number(builder.Configuration, "Storage:QuarantineDays", 30, low: 1)));
        services.AddSingleton<Quarantine>();
        services.AddSingleton<Reserve>();
        var settings = StorageSettingsReader.Read(builder.Configuration);
        services.AddSingleton(settings);
        if (settings.S3 is null)
            services.AddFolderStorage(settings);
        else
            services.AddS3Storage();
        var isAlone = settings.IsLocal || IsDatabaseInFolder(builder.Configuration);
        services.AddSingleton(provider => Node.Of(builder.Configuration, isAlone, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<NewsFeed>();
        services.AddSingleton<Database>();
        AddEngine(services, builder.Configuration);
        services.AddSingleton(provider => new PlainQueries(provider.GetRequiredService<DatabaseEngine>().OpenToRead));
        services.AddSingleton(provider => new Later<IDbContextFactory<AppDbContext>>(provider.GetRequiredService<IDbContextFactory<AppDbContext>>));
        services.AddSingleton<Readiness>();
        services.AddSingleton<DatabaseStart>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseStart>());
    }

    /// <summary>Whether the rows are in a file of the data folder. Errors: <see cref="StartException"/> where the settings name no engine.</summary>
    public static bool IsDatabaseInFolder(IConfiguration settings) => settings[Provider]?.ToUpperInvariant() switch
    {
        null or "" or "SQLITE" => true,
        "POSTGRESQL" => false,
        _ => throw new StartException($"The setting {Provider} is \"{settings[Provider]}\"; it must be {SqliteSetup.Name} or {PostgreSqlSetup.Name}."),
    };

    /// <summary>The database that rows of a data folder are moved into.</summary>
    public static TransferTarget TransferTargetOf(string connectionString, IServiceProvider services) => PostgreSqlSetup.TargetOf(connectionString, services);

    // The one place outside their own folders that knows which engines there are.
    private static void AddEngine(IServiceCollection services, ConfigurationManager settings)
    {
        if (!IsDatabaseInFolder(settings))
            services.AddPostgreSql(settings[ConnectionString]);
        else if (settings[ConnectionString] is { Length: > 0 })
            throw new StartException(
                $"The setting {ConnectionString} says where a PostgreSQL database is, but {Provider} does not ask for one. "
                + $"Add --{Provider}={PostgreSqlSetup.Name}, or leave {ConnectionString} out.");
        else
            services.AddSqlite();
    }
}
