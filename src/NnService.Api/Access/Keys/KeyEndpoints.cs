using Microsoft.AspNetCore.Http.HttpResults;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Access.Keys;

internal static class KeyEndpoints
{
    private const string Noun = "key";
    private const string SomeId = "01890a5d-ac96-774b-bcce-b302099a8057";

    public static void MapKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("/api-keys").WithTags("Access");
        keys.MapPost("", Create).RequireScope(Scope.Admin)
            .Describe(
                "Make a key",
                "Scopes: `read` is every GET but those of keys and the audit log, `predict` is asking models and comparing jobs, "
                + "`write` is whatever makes, changes or deletes, `admin` is everything. "
                + "The answer has the key, which is not kept and not shown again.").Named("createApiKey")
            .TakesJson<KeyRequest>(KeyExamples.Key).Returns<NewKeyResponse>(201).ReturnsLocation(201).Refuses(400, 415);
        keys.MapGet("", List).RequireScope(Scope.Admin).Describe("List keys, newest first", "Without their secrets, which are not kept.").Named("listApiKeys")
            .With(PageQuery.Parameters).Returns<Page<KeyResponse>>(200);
        keys.MapGet("/{id}", Get).RequireScope(Scope.Admin).Describe("Show a key", "Without its secret.").Named("getApiKey")
            .PathExample("id", SomeId).Returns<KeyResponse>(200).Refuses(404);
        keys.MapDelete("/{id}", Revoke).RequireScope(Scope.Admin).Describe("Revoke a key", "At once: the next request with it is refused.").Named("revokeApiKey")
            .PathExample("id", SomeId).Returns(204).Refuses(404);
    }

    private static async Task<IResult> Create(Body<KeyRequest> body, KeyStore store, CancellationToken cancellation)
    {
        var request = body.Value;
        if (store.ProblemsOf(request.Name, request.Scopes, request.ExpiresAt) is { Count: > 0 } problems)
            return Refusal.Invalid(problems);
        var scopes = ScopeSet.Of(request.Scopes!);
        var (row, text) = await store.CreateAsync(request.Name!, scopes, request.ExpiresAt, cancellation);
        return TypedResults.Created(
            $"/api/v1/api-keys/{row.Id}", new NewKeyResponse(row.Id, row.Name, scopes.Members, row.CreatedAt, row.ExpiresAt, text));
    }

    private static Ok<Page<KeyResponse>> List(PageQuery page, Database database, KeyStore store)
    {
        using var db = database.Read();
        var rows = db.ApiKeys.Where(key => key.Number < page.Before).OrderByDescending(key => key.Number).Take(page.Limit + 1).ToList();
        return TypedResults.Ok(page.Of(rows, row => row.Number, store.Describe));
    }

    private static IResult Get(string id, Database database, KeyStore store)
    {
        using var db = database.Read();
        return Guid.TryParse(id, out var guid) && db.ApiKeys.FirstOrDefault(key => key.Id == guid) is { } row
            ? TypedResults.Ok(store.Describe(row))
            : Refusal.NotFound(Noun, id);
    }

    private static async Task<IResult> Revoke(string id, KeyStore store, CancellationToken cancellation) =>
        Guid.TryParse(id, out var guid) && await store.RevokeAsync(guid, cancellation) ? TypedResults.NoContent() : Refusal.NotFound(Noun, id);
}
