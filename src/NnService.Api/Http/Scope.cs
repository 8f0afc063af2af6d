using System.Security.Claims;

namespace NnService.Api.Http;

/// <summary>What a key may be used for.</summary>
public enum Scope
{
    /// <summary>Every GET and HEAD but those of keys and the audit log.</summary>
    Read,

    /// <summary>Asking a model: predict, infer, evaluate, trace, explain, importance; and comparing jobs.</summary>
    Predict,

    /// <summary>Whatever makes, changes or deletes.</summary>
    Write,

    /// <summary>Keys and the audit log, and everything else.</summary>
    Admin,
}

/// <summary>Of an endpoint: the scope that a key must have. One with neither this nor <c>AllowAnonymous</c> is refused.</summary>
internal sealed record RequiredScope(Scope Scope);

/// <summary>Of an endpoint: its answers go on for long, and end when the key that was shown is revoked or expires.</summary>
internal sealed record EndsWithKey;

/// <summary>Of an endpoint: people open it in a browser, which can send a key only as the password that it asks for.</summary>
internal sealed record BrowserPage;

internal static class ScopeMetadata
{
    /// <summary>The type of a caller's claims that are scopes.</summary>
    public const string Claim = "scope";

    /// <summary>A scope as on the wire.</summary>
    public static string Name(this Scope scope) => scope.ToString().ToLowerInvariant();

    /// <summary>Whether a caller's key has a scope or <c>admin</c>; where none is asked for, everybody may do everything.</summary>
    public static bool May(this ClaimsPrincipal caller, Scope scope) =>
        caller.Identity?.IsAuthenticated != true || caller.HasClaim(Claim, scope.Name()) || caller.HasClaim(Claim, Scope.Admin.Name());

    /// <summary>States the scope; every endpoint does where it is mapped.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder endpoint, Scope scope)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new RequiredScope(scope));

    public static TBuilder EndsWithKey<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new EndsWithKey());

    public static TBuilder IsBrowserPage<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new BrowserPage());
}
