using System.Runtime.CompilerServices;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>A test that needs what Linux alone has, such as /proc and ulimit, and is skipped elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute([CallerFilePath] string file = "", [CallerMemberName] string member = "") =>
        Skip = OnlySqlite.WhySkipped(file, member) ?? (OperatingSystem.IsLinux() ? null : "This needs Linux.");
}
