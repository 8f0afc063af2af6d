namespace NnService.Api.Tests;

/// <summary>A test that needs the signals of Unix, and is skipped elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "There is no SIGTERM on Windows." : null;
}
