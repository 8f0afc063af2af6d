using Microsoft.AspNetCore.Http.HttpResults;
using NnService.Api.Data;
using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.Access.Audit;

internal static class AuditEndpoints
{
    private const string NotedHash = "hash";

    public static void MapAudit(this RouteGroupBuilder api)
    {
        var log = api.MapGroup("/audit").WithTags("Access");
        log.MapGet("", List).RequireScope(Scope.Admin)
            .Describe("List changes, newest first", "Who has made them, by which request, and what the answer was. Nothing of their bodies is kept.").Named("listAuditEntries")
            .With(PageQuery.Parameters).Returns<Page<AuditEntryResponse>>(200);
        log.MapGet("/verification", Verify).RequireScope(Scope.Admin)
            .Describe("Check that the audit log is as it was written", "Every entry has a hash over itself and the hash of the entry before.").Named("verifyAuditLog")
            .With(new QueryParameter(NotedHash, "A `lastHash` that was noted before, which must be among the hashes.", null))
            .TakesLong().Returns<AuditVerification>(200).Refuses(429);
    }

    private static async Task<Ok<Page<AuditEntryResponse>>> List(PageQuery page, Database database, AuditLog log)
    {
        await log.TrySealAsync();
        using var db = database.Read();
        var rows = db.AuditEntries.Where(entry => entry.Number < page.Before).OrderByDescending(entry => entry.Number).Take(page.Limit + 1).ToList();
        return TypedResults.Ok(page.Of(rows, row => row.Number!.Value, AuditEntryResponse.Of));
    }

    private static async Task<Ok<AuditVerification>> Verify(HttpRequest request, Database database, DatabaseEngine engine, AuditLog log)
    {
        await log.TrySealAsync();
        var ever = engine.RowsEver(AuditEntry.Table); // before the look, which may see more of them
        using var db = database.Read();
        return TypedResults.Ok(AuditChain.Verify(db, ever, request.Query[NotedHash].ToString() is { Length: > 0 } noted ? noted : null));
    }
}
