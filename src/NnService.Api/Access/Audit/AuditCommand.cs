using NnService.Api.Data;

namespace NnService.Api.Access.Audit;

/// <summary><c>NnService.Api audit verify</c>, from the shell.</summary>
internal static class AuditCommand
{
    private const string Beside = "A running service does this itself, with an admin key: GET /api/v1/audit/verification.";

    /// <summary>Reads the command line; null where it is wrong, with what is to be said of it.</summary>
    public static OfflineCommand? Parse(string[] args, out string? complaint)
    {
        complaint = null;
        switch (args)
        {
            case ["verify", [not '-', ..] noted, .. var settings]:
                return new OfflineCommand(settings, (services, _) => Verify(services, noted), Beside);
            case ["verify", .. var settings]:
                return new OfflineCommand(settings, (services, _) => Verify(services, noted: null), Beside);
            default:
                complaint = "audit takes verify.";
                return null;
        }
    }

    private static async Task<int> Verify(IServiceProvider services, string? noted)
    {
        await services.GetRequiredService<AuditLog>().SealAsync();
        using var db = services.GetRequiredService<Database>().Read();
        var found = AuditChain.Verify(db, services.GetRequiredService<DatabaseEngine>().RowsEver(AuditEntry.Table), noted);
        Console.WriteLine(found.Holds
            ? $"{found.Entries} entries are as they were written. The last hash is {found.LastHash}"
            : $"{found.Detail} {found.Entries} entries before it hold.");
        return found.Holds ? 0 : 1;
    }
}
