using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;

namespace NnService.Api.Storage.S3;

/// <summary>What a failed request to the bucket means, and what to change. Only the code of the server's answer is repeated, never its text.</summary>
internal static class S3Failure
{
    /// <summary>The sentence; null where the failure is another one, or the caller's wish to end.</summary>
    public static string? Explain(Exception failure, S3Settings settings, CancellationToken cancellation) => failure switch
    {
        OperationCanceledException when cancellation.IsCancellationRequested => null,
        AmazonServiceException { InnerException: HttpRequestException or IOException or SocketException } => Unreachable(failure, settings),
        AmazonServiceException { StatusCode: 0 } => Unreachable(failure, settings),
        AmazonServiceException refused => OfCode(refused.ErrorCode is { Length: > 0 } code ? code : "no code", refused.StatusCode, settings),
        HttpRequestException or SocketException or TimeoutException or OperationCanceledException => Unreachable(failure, settings),
        AmazonClientException when settings.Key is null => $"No key for {settings.Place} was found in the environment, a profile or the machine's metadata. "
            + "Set Storage:S3:AccessKey and Storage:S3:SecretKey, or what the AWS SDK looks for.",
        AmazonClientException => Unreachable(failure, settings),
        _ => null,
    };

    private static string OfCode(string code, HttpStatusCode status, S3Settings settings) => code switch
    {
        "NoSuchBucket" => $"There is no bucket {settings.Bucket} at {settings.Server}. Make it, or change Storage:S3:Bucket.",
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "ExpiredToken" or "InvalidClientTokenId" =>
            $"{settings.Server} does not accept the key for {settings.Place} ({code}). Change Storage:S3:AccessKey and Storage:S3:SecretKey"
                + $"{(settings.Key is null ? ", or what the AWS SDK finds in their place" : "")}.",
        "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" =>
            $"{settings.Server} has the bucket {settings.Bucket} in another region ({code}). Change Storage:S3:Region or Storage:S3:ServiceUrl.",
        "RequestTimeTooSkewed" => $"The clock of this machine and that of {settings.Server} differ by more than it allows. Set the clock.",
        _ when status == HttpStatusCode.Forbidden => $"{settings.Server} refuses access to {settings.Place} ({code}). "
            + "The key needs s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload there.",
        _ when status == HttpStatusCode.NotFound => $"{settings.Server} does not find {settings.Place} ({code}). "
            + "Change Storage:S3:Bucket or Storage:S3:ServiceUrl.",
        _ => $"{settings.Server} does not do what was asked for in {settings.Place} ({(int)status}, {code}). Look at the server.",
    };

    private static string Unreachable(Exception failure, S3Settings settings)
    {
        var why = failure;
        while (why is not SocketException && why.InnerException is { } inner)
            why = inner;
        var reason = why switch
        {
            SocketException socket => socket.SocketErrorCode.ToString(),
            OperationCanceledException or TimeoutException => "no answer in time",
            _ => "no whole answer",
        };
        return $"{settings.Server} cannot be reached for {settings.Place} ({reason}). Look whether it runs, or change Storage:S3:ServiceUrl.";
    }
}
