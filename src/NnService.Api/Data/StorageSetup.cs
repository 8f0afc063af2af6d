using Microsoft.EntityFrameworkCore;
using NnService.Api.Data.Sqlite;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>Registers the data folder, the blob store and the database.</summary>
internal static class StorageSetup
{
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
            services.AddFolderStorage(settings.BlobFolder);
        else
            services.AddS3Storage();
        services.AddSingleton<Database>();
        services.AddSqlite(); // the one place outside Data/Sqlite that knows which engine it is
        services.AddSingleton(provider => new PlainQueries(provider.GetRequiredService<DatabaseEngine>().OpenToRead));
        services.AddSingleton(provider => new Later<IDbContextFactory<AppDbContext>>(provider.GetRequiredService<IDbContextFactory<AppDbContext>>));
        services.AddDbContextFactory<AppDbContext>((provider, options) => provider.GetRequiredService<DatabaseEngine>().Configure(options));
        services.AddSingleton<Readiness>();
        services.AddSingleton<DatabaseStart>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseStart>());
    }
}
