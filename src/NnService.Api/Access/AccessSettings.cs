using NnService.Api.Errors;

namespace NnService.Api.Access;

/// <summary>Whom the service answers beside those who need no naming.</summary>
/// <param name="Hosts">Further values of <c>Host</c>, each with a port or for every port.</param>
/// <param name="Origins">Origins of pages that may ask, as browsers write them: <c>https://example.com</c>.</param>
internal sealed record AccessSettings(IReadOnlyList<string> Hosts, IReadOnlyList<string> Origins)
{
    /// <summary>Reads <c>Access:AllowedHosts</c> and <c>Access:AllowedOrigins</c>, as lists or as one text with semicolons or commas.</summary>
    /// <exception cref="StartException">A setting is neither.</exception>
    public static AccessSettings Of(IConfiguration settings)
    {
        const string Hosts = "Access:AllowedHosts", Origins = "Access:AllowedOrigins";
        var access = new AccessSettings(List(settings, Hosts), [.. List(settings, Origins).Select(origin => origin.TrimEnd('/'))]);
        foreach (var host in access.Hosts)
            if (!HostName.TryRead(host, out _, out _))
                throw new StartException($"The setting {Hosts} names \"{host}\"; it must be a host such as example.com or example.com:8080.");
        foreach (var origin in access.Origins)
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Authority.Length == 0 || origin != $"{uri.Scheme}://{uri.Authority}")
                throw new StartException($"The setting {Origins} names \"{origin}\"; it must be an origin such as https://example.com.");
        return access;
    }

    private static string[] List(IConfiguration settings, string key) =>
    [
        .. settings.GetSection(key).GetChildren().Select(child => child.Value).Prepend(settings[key])
            .SelectMany(text => (text ?? "").Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
    ];
}
