namespace NnService.Api.Keeping;

/// <summary>Registers backups, the check, what deletes by age, and what follows the deletes of other nodes.</summary>
internal static class KeepingSetup
{
    public static void AddKeeping(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<Backups>();
        services.AddSingleton<BackupTurn>();
        services.AddSingleton<BlobImport>();
        services.AddSingleton<FolderCheck>();
        services.AddSingleton<StorageUse>();
        services.AddSingleton(RetentionSettings.Of(builder.Configuration));
        services.AddHostedService<Retention>();
        services.AddHostedService<GoneElsewhere>();
    }
}
