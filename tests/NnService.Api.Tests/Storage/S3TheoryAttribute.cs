namespace NnService.Api.Tests.Storage;

/// <summary>Tests that need an S3 server, and are skipped where node or its package s3rver is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class S3TheoryAttribute : TheoryAttribute
{
    public S3TheoryAttribute() => Skip = S3Server.WhyMissing;
}
