namespace NnService.Api.Tests;

/// <summary>A test that needs what Linux alone has, such as /proc and ulimit, and is skipped elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "This needs Linux.";
}
