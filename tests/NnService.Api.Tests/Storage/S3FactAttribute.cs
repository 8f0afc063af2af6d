using System.Runtime.CompilerServices;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.Storage;

/// <summary>A test that needs an S3 server, and is skipped where node or its package s3rver is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class S3FactAttribute : FactAttribute
{
    public S3FactAttribute([CallerFilePath] string file = "", [CallerMemberName] string member = "") =>
        Skip = OnlySqlite.WhySkipped(file, member) ?? S3Server.WhyMissing;
}
