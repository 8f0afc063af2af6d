using System.Net.Http.Headers;

namespace NnService.Api.Tests.Proxies;

/// <summary>Two services behind nginx, which is configured as docs/proxy.md says.</summary>
public sealed class ProxiedService : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-proxied-").FullName;
    private ServiceHere? _trusting; // believes the proxy's headers
    private ServiceHere? _told; // has been told the prefix
    private Nginx? _nginx;

    public async Task InitializeAsync()
    {
        if (Nginx.Program is null)
            return;
        var page = File.ReadAllText(Path.Combine(Repository(), "docs", "proxy.md"));
        var (blocks, commands) = (Blocks(page, "nginx"), Blocks(page, "bash"));
        _trusting = await Start("a", commands[0]);
        _told = await Start("b", commands[1] + " --Access:AllowedOrigins=http://example.com");
        const string Plain = "server { listen 80; location / { proxy_pass http://127.0.0.1:5080; } }";
        var kept = To(blocks[1], _told);
        _nginx = Nginx.Start(new Dictionary<string, string>
        {
            ["headers"] = To(blocks[0], _trusting),
            ["kept"] = kept,
            ["taken"] = kept.Replace("; ", "/; ", StringComparison.Ordinal), // with the slash, the prefix is taken out of the path
            ["plain"] = To(Plain, _trusting),
        });
    }

    /// <summary>A caller who has the admin key.</summary>
    public HttpClient ClientOf(string server, string address)
    {
        var http = StrangerTo(server, address);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", KeyedService.AdminKey);
        return http;
    }

    /// <summary>A caller without a key.</summary>
    public HttpClient StrangerTo(string server, string address) => _nginx!.ClientOf(server, address);

    public Task DisposeAsync()
    {
        _nginx?.Dispose();
        _trusting?.Dispose();
        _told?.Dispose();
        TemporaryFolder.Remove(_folder);
        return Task.CompletedTask;
    }

    private Task<ServiceHere> Start(string folder, string command)
    {
        var settings = command.Split("NnService.Api.dll")[1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return ServiceHere.Start(Path.Combine(_folder, folder), [.. settings, $"--Access:AdminKey={KeyedService.AdminKey}"]);
    }

    private static List<string> Blocks(string page, string language) => [.. page.Split($"```{language}\n")[1..].Select(block => block.Split("```")[0])];

    private static string To(string block, ServiceHere service)
    {
        const string Printed = "127.0.0.1:5080";
        Assert.Contains(Printed, block, StringComparison.Ordinal);
        return block.Replace(Printed, service.Wire.Http.BaseAddress!.Authority, StringComparison.Ordinal);
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "NnService.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
        return folder.FullName;
    }
}
