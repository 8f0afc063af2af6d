namespace NnService.Api.Access.Keys;

/// <summary>Makes the admin key of a service that needs one and has none, so that somebody can get in.</summary>
internal sealed class FirstKey(Listening listening, KeySettings settings, ProxySettings proxy, KeyStore store)
{
    /// <summary>What whoever has started the service is to be told; null: nothing. For when it listens.</summary>
    public string? Make()
    {
        if (!listening.NeedsKeys)
            return proxy.AreSet && settings.RequireKey is null ? SayOpen() : null;
        var ignored = settings.RequireKey == false
            ? $"Access:RequireKey=false has no effect where other machines can connect: every request but /health/* needs a key.{Environment.NewLine}" : null;
        if (settings.AdminKey is not null || store.CreateFirst() is not { } text)
            return ignored;
        return $"""
            {ignored}Every request but /health/* needs a key. There was no admin key, so one was made. It is shown this once; keep it, and send it as
            Authorization: Bearer {text}
            """;
    }

    private string SayOpen() =>
        (proxy.AreTrusted ? "Behind the proxy that Proxy:* tells of, no key is asked for: "
            : "Behind the proxy that Proxy:PathBase tells of, no key is asked for where it sends neither Forwarded nor X-Forwarded-*: ")
        + "whoever the proxy lets in can read, change and delete everything. "
        + "Set Access:RequireKey=true; or false, where the proxy itself keeps callers out.";
}
