using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NnService.Benchmarks.Serving;

/// <summary>A server under test, in a process of its own.</summary>
internal sealed class Server : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly TaskCompletionSource _warm;

    private Server(string name, string path, int port, Process process, TaskCompletionSource warm) =>
        (Name, Path, Port, _process, _warm) = (name, path, port, process, warm);

    public string Name { get; }

    /// <summary>Where predictions are asked for.</summary>
    public string Path { get; }

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}{Path}");

    /// <summary>From the launch until it was ready.</summary>
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

    public ServerMemory Memory => ServerMemory.Of(_process.Id);

    /// <summary>The same server, asked at another path.</summary>
    public Server At(string path) => new(Name, path, Port, _process, _warm);

    /// <summary>Starts a command and waits until it is ready. Errors: <see cref="InvalidOperationException"/>.</summary>
    public static Server Start(Launch launch)
    {
        var port = FreePort();
        string[] pinned = ["-c", launch.Cores,
            .. launch.Command.Select(word => word.Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))];
        var warm = new TaskCompletionSource();
        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(new ProcessStartInfo("taskset", pinned) { RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Warmed up", StringComparison.Ordinal) == true)
                warm.TrySetResult();
        };
        process.BeginOutputReadLine();
        while (!(launch.Ready is { } path ? Connection.IsOk(port, path) : Accepts(port)))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > s_deadline)
                throw new InvalidOperationException($"{launch.Name} does not start.");
            Thread.Sleep(2);
        }

        return new Server(launch.Name, launch.Path, port, process, warm) { ReadyAfter = Stopwatch.GetElapsedTime(started) };
    }

    /// <summary>Wakes the service with a first request to its API, and waits until it says that its warm-up is through.</summary>
    public void WaitUntilWarm()
    {
        Connection.IsOk(Port, "/api/v1/models");
        _warm.Task.WaitAsync(s_deadline).GetAwaiter().GetResult();
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    public void Stop()
    {
        Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        if (!_process.WaitForExit(s_deadline))
            throw new InvalidOperationException($"{Name} does not end.");
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
        try
        {
            using var connection = new Connection(port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
