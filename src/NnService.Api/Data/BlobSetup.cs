using NnService.Api.Errors;
using NnService.Api.Metrics;
using NnService.Api.Storage;
using NnService.Api.Storage.S3;

namespace NnService.Api.Data;

/// <summary>Registers what keeps uploads and checkpoints. Where that is a folder, nothing of the AWS SDK is loaded.</summary>
internal static class BlobSetup
{
    public static void AddFolderStorage(this IServiceCollection services, StorageSettings settings)
    {
        services.AddSingleton(_ => new SharedFolders(settings.BlobFolder is { } folder ? new SharedFolder(folder) : null));
        services.AddSingleton<BlobStore>(provider => new FolderBlobs(
            provider.GetRequiredService<DataFolder>(), provider.GetRequiredService<SharedFolders>().Folder, settings.CacheBytes,
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<CheckpointStore>(provider => new FolderCheckpoints(
            provider.GetRequiredService<DataFolder>(), provider.GetRequiredService<SharedFolders>().Folder, provider.GetRequiredService<Damage>(),
            provider.GetRequiredService<ServiceMeter>(), provider.GetRequiredService<TimeProvider>()));
    }

    public static void AddS3Storage(this IServiceCollection services)
    {
        services.AddSingleton(provider => provider.GetRequiredService<StorageSettings>().S3!);
        services.AddSingleton<S3Bucket>();
        services.AddSingleton<S3Health>();
        services.AddSingleton<BlobStore, S3Blobs>();
        services.AddSingleton<CheckpointStore, S3Checkpoints>();
    }

    /// <summary>The folder that both share, where there is one.</summary>
    private sealed record SharedFolders(SharedFolder? Folder);
}
