using System.Net;
using System.Net.Sockets;

namespace NnService.Api.Access;

/// <summary>The address by which callers without a key are told apart.</summary>
internal static class CallerAddress
{
    private const int NetworkBytes = 8; // of IPv6 addresses, a single caller has 2⁶⁴

    public static IPAddress Of(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.Loopback; // a Unix socket has none
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[NetworkBytes..].Clear();
        return new IPAddress(bytes);
    }
}
