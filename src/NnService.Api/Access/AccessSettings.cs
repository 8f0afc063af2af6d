using System.Collections.Frozen;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Access;

/// <summary>Hosts and origins that are allowed besides the defaults.</summary>
/// <param name="Hosts">Further values of <c>Host</c>, each with a port or for every port.</param>
/// <param name="Origins">Origins of pages that may ask, as browsers write them: <c>https://example.com</c>.</param>
internal sealed record AccessSettings(IReadOnlyList<string> Hosts, IReadOnlyList<string> Origins)
{
    // What is fetched by these is no page, or one whose origin is "null".
    private static readonly FrozenSet<string> s_withoutPages = FrozenSet.ToFrozenSet(["file", "ftp", "ws", "wss", "data", "blob"]);

    /// <summary>Reads <c>Access:AllowedHosts</c> and <c>Access:AllowedOrigins</c>, as lists or as one text with semicolons or commas.</summary>
    /// <exception cref="StartException">A setting is neither.</exception>
    public static AccessSettings Of(IConfiguration settings)
    {
        const string Hosts = "Access:AllowedHosts", Origins = "Access:AllowedOrigins", InFull = ", each by its full name: there are no wildcards.";
        var access = new AccessSettings(SettingList.Of(settings, Hosts), [.. SettingList.Of(settings, Origins).Select(origin => origin.TrimEnd('/'))]);
        foreach (var host in access.Hosts)
            if (!HostName.IsWritable(host))
                throw new StartException($"The setting {Hosts} names \"{host}\"; it must be a host such as example.com or example.com:8080{InFull}");
        foreach (var origin in access.Origins)
            if (OriginOf(origin) is not { } written)
                throw new StartException($"The setting {Origins} names \"{origin}\"; it must be an origin such as https://example.com{InFull}");
            else if (origin != written)
                throw new StartException($"The setting {Origins} names \"{origin}\"; browsers write that origin {written}.");
        return access;
    }

    // As a browser writes the origin of a page at an address (scheme, host in ASCII, a port that is not the scheme's own); null where no page has that address.
    private static string? OriginOf(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri is { Host.Length: > 0, UserInfo.Length: 0, PathAndQuery: "/" or "", Fragment.Length: 0 } && !s_withoutPages.Contains(uri.Scheme)
            ? $"{uri.Scheme}://{(uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost)}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}"
            : null;
}
