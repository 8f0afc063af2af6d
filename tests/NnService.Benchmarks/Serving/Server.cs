using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NnService.Benchmarks.Serving;

/// <summary>A server under test, in a process of its own on the first core.</summary>
internal sealed class Server : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private Server(string name, string path, int port, Process process) => (Name, Path, Port, _process) = (name, path, port, process);

    public string Name { get; }

    /// <summary>Where predictions are asked for.</summary>
    public string Path { get; }

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}{Path}");

    /// <summary>From the launch until it takes connections.</summary>
    public TimeSpan ReadyAfter { get; private init; }

    /// <summary>Processor time it has used.</summary>
    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Resident memory in MiB.</summary>
    public double Mebibytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>The same server, asked at another path.</summary>
    public Server At(string path) => new(Name, path, Port, _process);

    /// <summary>Starts a command, in which PORT becomes a free port, and waits until it takes connections.</summary>
    public static Server Start(string name, string path, params string[] command)
    {
        var port = FreePort();
        var started = Stopwatch.GetTimestamp();
        string[] pinned = ["-c", "0", .. command.Select(word => word.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))];
        var process = Process.Start(new ProcessStartInfo("taskset", pinned) { RedirectStandardOutput = true })!;
        _ = process.StandardOutput.ReadToEndAsync();
        while (!Accepts(port))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > s_deadline)
                throw new InvalidOperationException($"{name} does not start.");
            Thread.Sleep(5);
        }

        return new Server(name, path, port, process) { ReadyAfter = Stopwatch.GetElapsedTime(started) };
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool Accepts(int port)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
