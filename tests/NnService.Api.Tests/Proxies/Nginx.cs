using System.Diagnostics;
using System.Net.Sockets;

namespace NnService.Api.Tests.Proxies;

/// <summary>nginx with a few servers, each at a Unix socket of its own: no port has to be free.</summary>
public sealed class Nginx : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-nginx-").FullName;
    private readonly Process _process;

    private Nginx(IReadOnlyDictionary<string, string> servers)
    {
        var paths = new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name => $"{name}_temp_path {_folder}/{name};");
        var blocks = servers.Select(server => server.Value.Replace("listen 80;", $"listen unix:{SocketOf(server.Key)};", StringComparison.Ordinal));
        var configuration = Path.Combine(_folder, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            daemon off;
            master_process off;
            pid {{_folder}}/pid;
            error_log {{_folder}}/error.log;
            events { }
            http {
                access_log off;
                {{string.Join('\n', paths)}}
                {{string.Join('\n', blocks)}}
            }
            """);
        _process = Process.Start(new ProcessStartInfo(Program!, ["-p", _folder, "-c", configuration, "-e", Path.Combine(_folder, "error.log")]))!;
        if (!SpinWait.SpinUntil(() => _process.HasExited || servers.Keys.All(Accepts), TimeSpan.FromSeconds(30)) || _process.HasExited)
            throw new InvalidOperationException($"nginx does not start: {File.ReadAllText(Path.Combine(_folder, "error.log"))}");
    }

    /// <summary>Starts it.</summary>
    /// <param name="servers">Blocks <c>server { listen 80; … }</c> by name.</param>
    public static Nginx Start(IReadOnlyDictionary<string, string> servers) => new(servers);

    /// <summary>Where it is; null: nowhere.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, "nginx")).FirstOrDefault(File.Exists);

    /// <summary>A client of one of the servers, which follows no redirect.</summary>
    /// <param name="server">Its name.</param>
    /// <param name="address">How the client calls it.</param>
    public HttpClient ClientOf(string server, string address)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(SocketOf(server)), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { BaseAddress = new Uri(address), Timeout = Wire.Patience };
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string SocketOf(string server) => Path.Combine(_folder, $"{server}.sock");

    private bool Accepts(string server)
    {
        using var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            connection.Connect(new UnixDomainSocketEndPoint(SocketOf(server)));
            return true;
        }
        catch (SocketException)
        {
            Thread.Yield();
            return false;
        }
    }
}
