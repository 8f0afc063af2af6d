using System.Text;
using Microsoft.Net.Http.Headers;

namespace NnService.Api.Access.Keys;

/// <summary>Takes the key out of a request.</summary>
internal static class PresentedKey
{
    private const string Bearer = "Bearer ", Basic = "Basic ", Header = "X-API-Key";

    /// <summary>The key, right or wrong; empty where there is none.</summary>
    /// <param name="headers">Of the request.</param>
    /// <param name="isPage">Whether it may come as the password that a browser asks for; the user's name does not matter.</param>
    public static ReadOnlySpan<char> Of(IHeaderDictionary headers, bool isPage)
    {
        var authorization = headers[HeaderNames.Authorization].ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return authorization.AsSpan(Bearer.Length).Trim(' ');
        if (headers.TryGetValue(Header, out var key))
            return key.ToString();
        return isPage && authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase) ? Password(authorization.AsSpan(Basic.Length).Trim(' ')) : "";
    }

    // RFC 7617: base64 of user:password
    private static ReadOnlySpan<char> Password(ReadOnlySpan<char> credentials)
    {
        var bytes = new byte[credentials.Length];
        if (!Convert.TryFromBase64Chars(credentials, bytes, out var length))
            return "?"; // something was shown, and it is no key
        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        return pair.AsSpan(pair.IndexOf(':') + 1);
    }
}
