namespace NnService.Api.Storage.S3;

/// <summary>Which bucket, and how it is reached. The text of it names no key.</summary>
/// <param name="ServiceUrl">The server; null: Amazon's, in the region.</param>
/// <param name="Bucket">The bucket, which must be there.</param>
/// <param name="Prefix">What all keys begin with: empty, or with a slash at its end.</param>
/// <param name="Region">The region that requests are signed for; null: the SDK's own setting.</param>
/// <param name="ForcePathStyle">Whether the bucket stands in the path rather than in the name of the host.</param>
internal sealed record S3Settings(string? ServiceUrl, string Bucket, string Prefix, string? Region, bool ForcePathStyle)
{
    private readonly string? _accessKey, _secretKey;

    /// <summary>The key; null: the SDK looks for one, in the environment, in profiles, at the machine's metadata service.</summary>
    public (string Access, string Secret)? Key
    {
        get => _accessKey is null ? null : (_accessKey, _secretKey!);
        init => (_accessKey, _secretKey) = (value?.Access, value?.Secret);
    }

    /// <summary>The bucket and what stands in front of its keys, for messages.</summary>
    public string Place => $"s3://{Bucket}/{Prefix}";

    /// <summary>The server, for messages.</summary>
    public string Server => ServiceUrl ?? $"Amazon S3{(Region is null ? "" : $" in {Region}")}";

    public override string ToString() => Place;
}
