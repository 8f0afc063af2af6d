using Microsoft.AspNetCore.Authorization;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Access.Keys;

/// <summary>
/// Lets a request through to its endpoint where that is open to everybody, where no key is asked for, or where the key has the scope that the endpoint states.
/// An endpoint that states nothing is closed (decision 56).
/// </summary>
internal sealed class Gate(RequestDelegate next, Listening listening, KeyRing keys, LastUses uses, FailedKeys failed, TimeProvider clock)
{
    private const string Realm = "realm=\"NnService\"";
    private const string How = "Send it as Authorization: Bearer nn_…, or in the header X-API-Key";

    public Task InvokeAsync(HttpContext context)
    {
        // Where no endpoint takes the path or the method there is nothing to be protected, but who has no key need not know that.
        var endpoint = (context.GetEndpoint() as RouteEndpoint)?.Metadata;
        var needed = endpoint?.GetMetadata<RequiredScope>();
        if (endpoint is not null && needed is null)
            return endpoint.GetMetadata<IAllowAnonymous>() is not null ? next(context) : CloseAsync(context);
        return listening.AsksForKey(context.Request) ? AskAsync(context, endpoint, needed) : next(context);
    }

    private Task AskAsync(HttpContext context, EndpointMetadataCollection? endpoint, RequiredScope? needed)
    {
        var isPage = endpoint?.GetMetadata<BrowserPage>() is not null;
        var text = PresentedKey.Of(context.Request.Headers, isPage);
        if (text.IsEmpty)
            return ChallengeAsync(context, isPage, error: null, listening.NeedsKeys
                ? $"This request needs a key. {How}."
                : $"This request has come through a proxy, so it needs a key. {How}. A proxy that itself keeps callers out can be named in the setting Proxy:TrustedProxies.");
        var finding = keys.FindAsync(text);
        return finding.IsCompletedSuccessfully
            ? AdmitAsync(context, endpoint, needed, isPage, finding.Result)
            : AdmitFoundAsync(context, endpoint, needed, isPage, finding);
    }

    // The database is asked, which may take until it is given up.
    private async Task AdmitFoundAsync(
        HttpContext context, EndpointMetadataCollection? endpoint, RequiredScope? needed, bool isPage, ValueTask<KnownKey?> finding) =>
        await AdmitAsync(context, endpoint, needed, isPage, await finding);

    private Task AdmitAsync(HttpContext context, EndpointMetadataCollection? endpoint, RequiredScope? needed, bool isPage, KnownKey? key)
    {
        if (key is null)
            return FailAsync(context, isPage);
        var now = clock.GetUtcNow().UtcDateTime;
        if (key.HasExpired(now))
            return ChallengeAsync(context, isPage, "invalid_token", $"The key \"{key.Name}\" expired at {key.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}.");
        if (needed is not null && !key.Scopes.Grants(needed.Scope))
            return ForbidAsync(context, key, ScopeSet.NameOf(needed.Scope));
        uses.Note(key, now);
        context.User = key.Principal;
        return endpoint?.GetMetadata<EndsWithKey>() is null ? next(context) : AnswerUntilEndAsync(context, key, now);
    }

    private async Task AnswerUntilEndAsync(HttpContext context, KnownKey key, DateTime now)
    {
        using var ending = key.Ending(now);
        await using var abort = ending.Token.UnsafeRegister(static context => ((HttpContext)context!).Abort(), context);
        await next(context);
    }

    private Task FailAsync(HttpContext context, bool isPage)
    {
        if (failed.Note(context) is not { } seconds)
            return ChallengeAsync(context, isPage, "invalid_token", "The key is not one of this service, or it was revoked.");
        context.Response.Headers.RetryAfter = seconds.ToString();
        return Refusal.Result(
            429, $"Too many wrong keys have come from this address (Access:FailuresPerMinute). Try again in {seconds} s.").ExecuteAsync(context);
    }

    // RFC 6750, section 3; a browser understands Basic alone, and asks for a password.
    private static Task ChallengeAsync(HttpContext context, bool isPage, string? error, string detail)
    {
        var bearer = error is null ? $"Bearer {Realm}" : $"Bearer {Realm}, error=\"{error}\"";
        context.Response.Headers.WWWAuthenticate = isPage ? (string[])[bearer, $"Basic {Realm}, charset=\"UTF-8\""] : bearer;
        return Refusal.Result(401, detail).ExecuteAsync(context);
    }

    private static Task ForbidAsync(HttpContext context, KnownKey key, string scope)
    {
        context.Response.Headers.WWWAuthenticate = $"Bearer {Realm}, error=\"insufficient_scope\", scope=\"{scope}\"";
        return Refusal.Result(403, $"The key \"{key.Name}\" lacks the scope \"{scope}\", which this request needs.").ExecuteAsync(context);
    }

    private static Task CloseAsync(HttpContext context) =>
        Refusal.Result(403, "This path states no scope, so nobody may use it. That is a fault of the service; please report it.").ExecuteAsync(context);
}
