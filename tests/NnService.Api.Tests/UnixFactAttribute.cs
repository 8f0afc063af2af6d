using System.Runtime.CompilerServices;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>A test that needs the signals of Unix, and is skipped elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute([CallerFilePath] string file = "", [CallerMemberName] string member = "") =>
        Skip = OnlySqlite.WhySkipped(file, member) ?? (OperatingSystem.IsWindows() ? "There is no SIGTERM on Windows." : null);
}
