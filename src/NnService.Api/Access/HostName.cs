using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace NnService.Api.Access;

/// <summary>Takes apart what stands in <c>Host</c>: a name or an address, and a port.</summary>
internal static class HostName
{
    private const int DigitsOfPort = 5;

    private static readonly SearchValues<char> s_foreign = SearchValues.Create("/\\@? #");

    /// <summary>Splits <c>name:port</c>; false where it is not of that form.</summary>
    /// <param name="host">The header.</param>
    /// <param name="name">The name; of an IPv6 address with its brackets.</param>
    /// <param name="port">The port's digits; empty where there is none.</param>
    public static bool TryRead(ReadOnlySpan<char> host, out ReadOnlySpan<char> name, out ReadOnlySpan<char> port)
    {
        var end = host.StartsWith("[") ? host.IndexOf(']') + 1 : host.IndexOf(':') is >= 0 and var colon ? colon : host.Length;
        name = host[..end];
        port = host[end..];
        if (name.IsEmpty || name.ContainsAny(s_foreign))
            return false;
        if (port.IsEmpty)
            return true;
        port = port[1..];
        return host[end] == ':' && port.Length is > 0 and <= DigitsOfPort && !port.ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Whether a caller's <c>Host</c> can be so: a name or an address in ASCII, and a port there is.</summary>
    public static bool IsWritable(string host) =>
        Ascii.IsValid(host) && TryRead(host, out var name, out var port)
        && Uri.CheckHostName(name.ToString()) != UriHostNameType.Unknown
        && (port.IsEmpty || ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    /// <summary>Whether it names this machine for itself, as an address bar may: localhost, 127.0.0.1 or [::1].</summary>
    public static bool IsLocal(ReadOnlySpan<char> name) =>
        name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name is "127.0.0.1" or "[::1]";

    /// <summary>Whether a service that listens at an address can be reached from its own machine alone.</summary>
    /// <param name="address">As the server tells it, for example <c>http://127.0.0.1:5080</c>.</param>
    public static bool IsLoopback(string address)
    {
        var bound = BindingAddress.Parse(address);
        return bound.IsUnixPipe || bound.IsNamedPipe
            || bound.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(bound.Host, out var ip) && IPAddress.IsLoopback(ip));
    }
}
