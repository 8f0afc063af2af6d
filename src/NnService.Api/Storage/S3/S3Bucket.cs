using System.Net;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using NnService.Api.Errors;

namespace NnService.Api.Storage.S3;

/// <summary>
/// The requests that are made to a bucket. Each ends in a bounded time, is repeated a few times at most, and what does not succeed is a
/// <see cref="StorageUnavailableException"/> in words. Every body that is sent is signed with its SHA-256, which all servers compare; the newer checksums
/// in headers and trailers, which some refuse, are not asked for.
/// </summary>
internal sealed class S3Bucket : IDisposable
{
    private const string NoKey = "no-such-key/";
    private const int MostRetries = 2;
    private const int MostFetches = 3;
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30); // for all that is small, repetitions included, and between pieces of an answer
    private static readonly TimeSpan Sending = TimeSpan.FromSeconds(60); // for a part

    private readonly S3Settings _settings;
    private readonly AmazonS3Client _client;
    private readonly S3Upload _upload;

    public S3Bucket(S3Settings settings)
    {
        _settings = settings;
        var configuration = new AmazonS3Config
        {
            ForcePathStyle = settings.ForcePathStyle,
            MaxErrorRetry = MostRetries,
            RetryMode = RequestRetryMode.Standard,
            ConnectTimeout = Connecting,
            Timeout = Sending,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (settings.ServiceUrl is not null)
            (configuration.ServiceURL, configuration.AuthenticationRegion) = (settings.ServiceUrl, settings.Region ?? "us-east-1");
        else if (settings.Region is not null)
            configuration.RegionEndpoint = RegionEndpoint.GetBySystemName(settings.Region);
        _client = settings.Key is { } key
            ? new AmazonS3Client(new BasicAWSCredentials(key.Access, key.Secret), configuration) : new AmazonS3Client(configuration);
        _upload = new S3Upload(_client, settings.Bucket);
    }

    /// <summary>The address of an object, for messages.</summary>
    public string PlaceOf(string key) => _settings.Place + key;

    /// <summary>Stores a file, and looks whether all of it has come.</summary>
    public Task PutAsync(string key, string file, CancellationToken cancellation) => Ask(
        async token =>
        {
            var length = new FileInfo(file).Length;
            await _upload.RunAsync(_settings.Prefix + key, file, length, token);
            var stored = await AskBriefly(brief => _client.GetObjectMetadataAsync(_settings.Bucket, _settings.Prefix + key, brief), token);
            if (stored.ContentLength != length)
                throw new StorageUnavailableException(
                    $"{_settings.Server} has kept {stored.ContentLength} bytes of {PlaceOf(key)}, of {length} that were sent. Look at the server.");
            return length;
        },
        cancellation);

    /// <summary>Fetches an object into a file that does not exist yet. Null: there is none; otherwise the SHA-256 of what came.</summary>
    public async Task<string?> FetchAsync(string key, string file, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                return await Ask(token => FetchOnceAsync(key, file, token), cancellation);
            }
            catch (S3BrokenException) when (attempt < MostFetches)
            {
                File.Delete(file); // the SDK repeats requests, but not what comes of their answers
            }
    }

    /// <summary>The SHA-256 of an object; null where there is none.</summary>
    public Task<string?> HashAsync(string key, CancellationToken cancellation) => Ask(token => ReadAsync(key, Stream.Null, token), cancellation);

    /// <summary>All objects whose keys begin so.</summary>
    public async Task<IReadOnlyList<S3Object>> ListAsync(string start, CancellationToken cancellation)
    {
        var found = new List<S3Object>();
        var request = new ListObjectsV2Request { BucketName = _settings.Bucket, Prefix = _settings.Prefix + start };
        do
        {
            var page = await AskBriefly(token => _client.ListObjectsV2Async(request, token), cancellation);
            found.AddRange((page.S3Objects ?? []).Select(item => new S3Object(
                item.Key[_settings.Prefix.Length..], item.Size ?? 0, (item.LastModified ?? DateTime.MaxValue).ToUniversalTime())));
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
        return found;
    }

    /// <summary>Removes an object; nothing happens where there is none.</summary>
    public Task DeleteAsync(string key, CancellationToken cancellation) =>
        AskBriefly(token => _client.DeleteObjectAsync(_settings.Bucket, _settings.Prefix + key, token), cancellation);

    /// <summary>Asks for nothing, to learn whether the bucket can be reached and listed.</summary>
    public Task ProbeAsync(CancellationToken cancellation) => AskBriefly(
        token => _client.ListObjectsV2Async(
            new ListObjectsV2Request { BucketName = _settings.Bucket, Prefix = _settings.Prefix + NoKey, MaxKeys = 1 }, token),
        cancellation);

    public void Dispose() => _client.Dispose();

    private async Task<string?> FetchOnceAsync(string key, string file, CancellationToken cancellation)
    {
        await using var target = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        return await ReadAsync(key, target, cancellation);
    }

    private async Task<string?> ReadAsync(string key, Stream target, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        GetObjectResponse answer;
        silence.CancelAfter(Silence);
        try
        {
            answer = await _client.GetObjectAsync(_settings.Bucket, _settings.Prefix + key, silence.Token);
        }
        catch (AmazonS3Exception missing) when (missing.StatusCode == HttpStatusCode.NotFound && missing.ErrorCode != "NoSuchBucket")
        {
            return null;
        }

        using (answer)
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            var (buffer, left) = (new byte[1 << 16], answer.ContentLength);
            for (int read; left > 0; left -= read)
            {
                silence.CancelAfter(Silence);
                read = await NextAsync(answer.ResponseStream, buffer, silence.Token, cancellation);
                hash.AppendData(buffer, 0, read);
                await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    // An answer that breaks off, falls silent or has other bytes than the server says (the SDK compares) is told from a file that cannot be written.
    private async Task<int> NextAsync(Stream content, byte[] buffer, CancellationToken silence, CancellationToken cancellation)
    {
        try
        {
            return await content.ReadAsync(buffer, silence) is > 0 and var read ? read : throw new EndOfStreamException("the answer ended early");
        }
        catch (Exception broken) when (
            (broken is IOException or HttpRequestException or OperationCanceledException or AmazonClientException) && !cancellation.IsCancellationRequested)
        {
            throw new S3BrokenException($"{_settings.Server} has not sent an object as a whole, or not as it was. Look at the server (Storage:S3:ServiceUrl).");
        }
    }

    private Task<T> AskBriefly<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellation) => Ask(
        async token =>
        {
            using var brief = CancellationTokenSource.CreateLinkedTokenSource(token);
            brief.CancelAfter(Silence);
            return await request(brief.Token);
        },
        cancellation);

    private async Task<T> Ask<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellation)
    {
        try
        {
            return await request(cancellation);
        }
        catch (Exception failure) when (S3Failure.Explain(failure, _settings, cancellation) is { } sentence)
        {
            // Without what the SDK says: answers to a wrong signature repeat what was signed.
            throw new StorageUnavailableException(sentence);
        }
    }

    /// <summary>The answer has broken off: worth a second request.</summary>
    private sealed class S3BrokenException(string what) : StorageUnavailableException(what);
}
