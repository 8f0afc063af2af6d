using System.Net;
using System.Text.RegularExpressions;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Access;

/// <summary>The proxy in front of the service.</summary>
/// <param name="PathBase">The path under which the proxy shows the service, as <c>/nn</c>; empty: under none, or its header says so.</param>
/// <param name="Addresses">Addresses of proxies whose <c>X-Forwarded-…</c> headers are believed.</param>
/// <param name="Networks">Networks of such proxies.</param>
internal sealed partial record ProxySettings(string PathBase, IReadOnlyList<IPAddress> Addresses, IReadOnlyList<IPNetwork> Networks)
{
    private const string Path = "Proxy:PathBase";
    private const string Trusted = "Proxy:TrustedProxies";

    /// <summary>Whether there is one.</summary>
    public bool AreSet => PathBase.Length > 0 || AreTrusted;

    /// <summary>Whether the headers of any are believed.</summary>
    public bool AreTrusted => Addresses.Count + Networks.Count > 0;

    /// <summary>Whether the headers of a connection from an address are believed; of a Unix socket it is null, and they are not.</summary>
    public bool Trusts(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true })
            address = address.MapToIPv4();
        return address is not null && (Addresses.Contains(address) || Networks.Any(network => network.Contains(address)));
    }

    /// <summary>Reads <c>Proxy:PathBase</c> and <c>Proxy:TrustedProxies</c>.</summary>
    /// <exception cref="StartException">A setting is neither.</exception>
    public static ProxySettings Of(IConfiguration settings)
    {
        var path = (settings[Path] ?? "").TrimEnd('/');
        if (path.Length > 0 && !IsPathBase(path))
            throw new StartException(
                $"The setting {Path} is \"{settings[Path]}\"; it must be a path such as /nn, of letters, digits and . _ ~ - between slashes.");
        var (addresses, networks) = (new List<IPAddress>(), new List<IPNetwork>());
        foreach (var proxy in SettingList.Of(settings, Trusted))
            if (IPAddress.TryParse(proxy, out var address))
                addresses.Add(address);
            else if (IPNetwork.TryParse(proxy, out var network))
                networks.Add(network);
            else
                throw new StartException($"The setting {Trusted} names \"{proxy}\"; it must be an address such as 10.0.0.5, or a network such as 10.0.0.0/8.");
        return new ProxySettings(path, addresses, networks);
    }

    /// <summary>Whether a path can stand in front of the service's own: a proxy that does not set the header itself passes on what anybody sends.</summary>
    public static bool IsPathBase(string path) => Form().IsMatch(path);

    [GeneratedRegex("^(/[A-Za-z0-9._~-]+)+\\z")]
    private static partial Regex Form();
}
