using Amazon.S3;
using Amazon.S3.Model;

namespace NnService.Api.Storage.S3;

/// <summary>
/// Sends a file: in one request, or in parts where it is large. An object can be seen only when all of it has come; parts of an upload that fails are taken
/// back, those of a killed process by the bucket's rule for incomplete uploads.
/// </summary>
internal sealed class S3Upload(AmazonS3Client client, string bucket)
{
    private const long PartBytes = 16 << 20; // Amazon takes parts from 5 MiB on
    private const long MostParts = 10_000;

    public async Task RunAsync(string key, string file, long length, CancellationToken cancellation)
    {
        if (length > PartBytes)
            await InPartsAsync(key, file, length, cancellation);
        else
            await client.PutObjectAsync(
                new PutObjectRequest { BucketName = bucket, Key = key, FilePath = file, UseChunkEncoding = false, ContentType = "application/octet-stream" },
                cancellation);
    }

    private async Task InPartsAsync(string key, string file, long length, CancellationToken cancellation)
    {
        var begun = await client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = bucket, Key = key, ContentType = "application/octet-stream" }, cancellation);
        try
        {
            var parts = new List<PartETag>();
            var size = Math.Max(PartBytes, (length + MostParts - 1) / MostParts);
            for (long sent = 0; sent < length; sent += size)
                parts.Add(await SendAsync(begun, file, sent, Math.Min(size, length - sent), parts.Count + 1, cancellation));
            await client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = begun.UploadId, PartETags = parts }, cancellation);
        }
        catch
        {
            await TakeBackAsync(begun);
            throw;
        }
    }

    private async Task<PartETag> SendAsync(
        InitiateMultipartUploadResponse begun, string file, long position, long length, int number, CancellationToken cancellation)
    {
        var sent = await client.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = bucket,
                Key = begun.Key,
                UploadId = begun.UploadId,
                PartNumber = number,
                FilePath = file,
                FilePosition = position,
                PartSize = length,
                UseChunkEncoding = false,
            },
            cancellation);
        return new PartETag(number, sent.ETag);
    }

    private async Task TakeBackAsync(InitiateMultipartUploadResponse begun)
    {
        using var brief = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await client.AbortMultipartUploadAsync(bucket, begun.Key, begun.UploadId, brief.Token);
        }
        catch (Exception failure) when (failure is Amazon.Runtime.AmazonServiceException or Amazon.Runtime.AmazonClientException
            or HttpRequestException or IOException or OperationCanceledException)
        {
            // why the upload has failed is what matters
        }
    }
}
