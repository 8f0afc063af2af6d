namespace NnService.Api.Tests.Proxies;

/// <summary>A test that asks the service through nginx, and is skipped where there is none; .ci/run installs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxTheoryAttribute : TheoryAttribute
{
    public NginxTheoryAttribute() => Skip = Nginx.Program is null ? "nginx is not installed (apt-get install nginx)." : null;
}
