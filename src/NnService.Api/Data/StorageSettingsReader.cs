using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Api.Storage.S3;
using NnService.Engine.Specs;

namespace NnService.Api.Data;

/// <summary>Reads where uploads and checkpoints are kept. Errors: <see cref="StartException"/> where the settings do not fit together.</summary>
internal static class StorageSettingsReader
{
    private const long CacheBytes = 10L << 30;

    public static StorageSettings Read(IConfiguration settings)
    {
        var folder = Text(settings, "Storage:BlobFolder");
        var cacheBytes = Setting.Number(settings, "Storage:CacheBytes", CacheBytes, low: 0);
        return (Text(settings, "Storage:Kind") ?? "folder").ToLowerInvariant() switch
        {
            "folder" => new StorageSettings(folder, null, cacheBytes),
            "s3" when folder is not null => throw new StartException("Storage:Kind is s3, and Storage:BlobFolder is set too. Choose one of them."),
            "s3" => new StorageSettings(null, ReadS3(settings), cacheBytes),
            var other => throw new StartException($"The setting Storage:Kind is \"{Echo.Cut(other)}\"; it must be folder or s3."),
        };
    }

    private static S3Settings ReadS3(IConfiguration settings)
    {
        var (url, region) = (Text(settings, "Storage:S3:ServiceUrl"), Text(settings, "Storage:S3:Region"));
        if (url is null && region is null)
            throw new StartException("Storage:Kind is s3, but neither Storage:S3:ServiceUrl nor Storage:S3:Region says which server has the bucket.");
        RefuseNoAddress(url);
        var prefix = Text(settings, "Storage:S3:Prefix")?.Trim('/') ?? "";
        return new S3Settings(
            url,
            Text(settings, "Storage:S3:Bucket") ?? throw new StartException("Storage:Kind is s3, but Storage:S3:Bucket does not say which bucket."),
            prefix.Length == 0 ? "" : prefix + '/',
            region,
            Setting.Flag(settings, "Storage:S3:ForcePathStyle", url is not null))
        {
            Key = (Text(settings, "Storage:S3:AccessKey"), Text(settings, "Storage:S3:SecretKey")) switch
            {
                ({ } access, { } secret) => (access, secret),
                (null, null) => null,
                _ => throw new StartException(
                    "Of Storage:S3:AccessKey and Storage:S3:SecretKey only one is set. Set both, or none to use what the AWS SDK finds."),
            },
        };
    }

    // What is written into it is repeated in messages: no names and passwords.
    private static void RefuseNoAddress(string? url)
    {
        if (url is not null && (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length > 0 || address.Query.Length > 0))
            throw new StartException(
                "The setting Storage:S3:ServiceUrl must be an address such as https://s3.example.com:9000, without a name, a password or a query in it.");
    }

    private static string? Text(IConfiguration settings, string key) => settings[key] is { } text && text.Trim() is { Length: > 0 } value ? value : null;
}
