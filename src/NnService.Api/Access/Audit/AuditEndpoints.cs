using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
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
            .With(new QueryParameter(NotedHash, "A `lastHash` that was noted before, which must be among the hashes.", null)
            {
                Form = ValueForm.Matching("^[0-9A-Fa-f]{64}$"),
            })
            .TakesLong().Returns<AuditVerification>(200).Refuses(400, 429);
    }

    private static async Task<Ok<Page<AuditEntryResponse>>> List(PageQuery page, Database database, AuditLog log)
    {
        await log.TrySealAsync();
        using var db = database.Read();
        var rows = db.AuditEntries.Where(entry => entry.Number < page.Before).OrderByDescending(entry => entry.Number).Take(page.Limit + 1).ToList();
        return TypedResults.Ok(page.Of(rows, row => row.Number!.Value, AuditEntryResponse.Of));
    }

    private static async Task<IResult> Verify(HttpRequest request, Database database, DatabaseEngine engine, AuditLog log)
    {
        var noted = request.Query.TryGetValue(NotedHash, out var values) ? values.ToString() : null;
        if (noted is not null && !IsHash(noted)) // it is among none, which is no sign that the log was changed
            return Refusal.Result(
                400, $"{NotedHash} must be a lastHash that was noted before, of {2 * SHA256.HashSizeInBytes} hexadecimal digits; leave it out where none was.");
        await log.TrySealAsync();
        var ever = engine.RowsEver(AuditEntry.Table); // before the look, which may see more of them
        using var db = database.Read();
        return TypedResults.Ok(AuditChain.Verify(db, ever, noted));
    }

    private static bool IsHash(string text) => text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigit);
}
