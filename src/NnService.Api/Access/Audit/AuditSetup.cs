namespace NnService.Api.Access.Audit;

internal static class AuditSetup
{
    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AuditLog>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<AuditLog>());
    }
}
