namespace NnService.Api.Health;

/// <summary><c>NnService.Api healthcheck [url]</c>: asks a running service whether it is ready. For containers, whose image has no other HTTP client.</summary>
internal static class HealthCheckCommand
{
    private const string DefaultUrl = "http://localhost:5080";

    /// <summary>The exit code: 0 where it is ready, 1 otherwise.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var url = args.FirstOrDefault() ?? DefaultUrl;
        if (!Uri.TryCreate($"{url.TrimEnd('/')}/health/ready", UriKind.Absolute, out var ready) || ready.Scheme is not ("http" or "https"))
        {
            await Console.Error.WriteLineAsync($"\"{url}\" is no address; give one like {DefaultUrl}.");
            return 1;
        }

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            using var answer = await client.GetAsync(ready);
            if (answer.IsSuccessStatusCode)
                return 0;
            await Console.Error.WriteLineAsync($"{ready} answered {(int)answer.StatusCode}.");
            return 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"{url}: {failure.Message}");
            return 1;
        }
    }
}
