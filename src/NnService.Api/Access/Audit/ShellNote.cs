using NnService.Api.Data;

namespace NnService.Api.Access.Audit;

/// <summary>Has an entry for what a command from the shell writes.</summary>
internal static class ShellNote
{
    /// <summary>For the calling method and what it calls.</summary>
    /// <param name="services">The service's.</param>
    /// <param name="command">What is done, in a few words.</param>
    public static void Begin(IServiceProvider services, string command) =>
        new WriteNote(() => new AuditEntry { At = services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime, Who = "shell", Target = command }, _ => { })
            .Begin();
}
