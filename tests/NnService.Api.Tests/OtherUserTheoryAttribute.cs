using System.Runtime.CompilerServices;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>A test that starts the service as another user, and is skipped where that is not allowed; .ci/run may.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OtherUserTheoryAttribute : TheoryAttribute
{
    public OtherUserTheoryAttribute([CallerFilePath] string file = "", [CallerMemberName] string member = "") => Skip = OnlySqlite.WhySkipped(file, member)
        ?? (OperatingSystem.IsLinux() && File.Exists("/usr/bin/setpriv") && Environment.UserName == "root"
            ? null
            : "The service cannot be started as another user here; root may, with setpriv.");
}
