using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Webhooks;

/// <summary>Which hosts may be told. None: there are no webhooks.</summary>
/// <param name="Hosts">Names or addresses, in lower case, each with a port or for every port.</param>
internal sealed record WebhookSettings(IReadOnlyList<string> Hosts)
{
    public bool IsOn => Hosts.Count > 0;

    public static WebhookSettings Of(IConfiguration settings)
    {
        const string Key = "Webhooks:AllowedHosts";
        string[] hosts = [.. SettingList.Of(settings, Key).Select(host => host.ToLowerInvariant())];
        if (hosts.FirstOrDefault(host => !IsHost(host)) is { } wrong)
            throw new StartException(
                $"{Key} has \"{wrong}\"; write names of hosts in full, with a port or without, as in hooks.example.com;10.0.0.7:8080.");
        return new WebhookSettings(hosts);
    }

    private static bool IsHost(string host) => !host.Contains('*', StringComparison.Ordinal)
        && Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var url) && url.AbsolutePath == "/" && url.Query.Length + url.UserInfo.Length + url.Fragment.Length == 0;

    /// <summary>Whether an address may be told.</summary>
    public bool Allows(Uri url) => Hosts.Contains(url.Host.ToLowerInvariant()) || Hosts.Contains($"{url.Host.ToLowerInvariant()}:{url.Port}");
}
