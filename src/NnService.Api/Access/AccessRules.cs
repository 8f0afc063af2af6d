using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Access;

/// <summary>
/// Keeps web pages out that a person on this machine happens to look at. A page sends its <c>Origin</c> with everything that changes something; a page that has
/// made its own name lead here (DNS rebinding) sends that name as <c>Host</c>.
/// </summary>
/// <param name="settings">Who else may ask.</param>
/// <param name="listening">Where the service listens.</param>
internal sealed class AccessRules(AccessSettings settings, Listening listening)
{
    private string? _lastGood; // callers send the same host with every request

    /// <summary>Why a request is refused; null where it is not.</summary>
    public ProblemResult? Refuse(HttpRequest request)
    {
        var headers = request.Headers;
        if (listening.IsLoopback && !IsOwnHost(headers.Host.ToString()))
            return Refusal.Result(
                421,
                $"This service does not answer to the host \"{Echo.Cut(headers.Host.ToString())}\": it listens on this machine alone. "
                + "Use localhost, 127.0.0.1 or [::1], or name the host in the setting Access:AllowedHosts.");
        return headers.Origin.Count == 0 || IsOwnOrigin(request, headers.Origin.ToString())
            ? null
            : Refusal.Result(
                403,
                $"Pages of the origin \"{Echo.Cut(headers.Origin.ToString())}\" may not use this service. "
                + "Name the origin in the setting Access:AllowedOrigins, which also answers its CORS preflights.");
    }

    private bool IsOwnHost(string host)
    {
        if (host == _lastGood)
            return true;
        if (!HostName.TryRead(host, out var name, out _) || (!HostName.IsLocal(name) && !IsAllowed(host, name)))
            return false;
        _lastGood = host;
        return true;
    }

    private bool IsAllowed(string host, ReadOnlySpan<char> name)
    {
        foreach (var allowed in settings.Hosts)
            if (host.Equals(allowed, StringComparison.OrdinalIgnoreCase) || name.Equals(allowed, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private bool IsOwnOrigin(HttpRequest request, string origin)
    {
        if (settings.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase))
            return true;
        return Split(origin, out var scheme, out var host)
            && scheme.Equals(request.Scheme, StringComparison.OrdinalIgnoreCase)
            && HostName.TryRead(host, out var name, out var port)
            && HostName.TryRead(request.Headers.Host.ToString(), out var ownName, out var ownPort)
            && name.Equals(ownName, StringComparison.OrdinalIgnoreCase)
            && PortOf(scheme, port).SequenceEqual(PortOf(scheme, ownPort));
    }

    private static bool Split(ReadOnlySpan<char> origin, out ReadOnlySpan<char> scheme, out ReadOnlySpan<char> host)
    {
        var end = origin.IndexOf("://");
        scheme = origin[..Math.Max(end, 0)];
        host = origin[(end < 0 ? origin.Length : end + 3)..];
        return end > 0;
    }

    // A port that is the scheme's own may be left out.
    private static ReadOnlySpan<char> PortOf(ReadOnlySpan<char> scheme, ReadOnlySpan<char> port) =>
        !port.IsEmpty ? port : scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? "443" : "80";
}
