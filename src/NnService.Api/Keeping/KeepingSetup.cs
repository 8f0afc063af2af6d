namespace NnService.Api.Keeping;

/// <summary>Registers backups, the check, and what deletes by age.</summary>
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
    }
}
