using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace NnService.Benchmarks.Serving;

/// <summary>Requests by the wall clock, and what a second of the server's processor time is good for, which other work on the machine disturbs less.</summary>
internal sealed record Throughput(double PerSecond, double PerProcessorSecond, double Requests);

/// <summary>Sends predictions to a server from the second core.</summary>
internal static partial class Load
{
    private const int Connections = 16;

    /// <summary>As many requests as sixteen connections can have answered. Errors: <see cref="InvalidOperationException"/> where an answer is not 2xx.</summary>
    public static Throughput Most(Server server, string script, int seconds)
    {
        var before = server.Processor;
        var start = new ProcessStartInfo("taskset", ["-c", "1", "wrk", "-t1", $"-c{Connections}", $"-d{seconds}", "-s", script, server.Address.ToString()]) { RedirectStandardOutput = true };
        using var wrk = Process.Start(start)!;
        var said = wrk.StandardOutput.ReadToEnd();
        wrk.WaitForExit();
        if (said.Contains("Non-2xx", StringComparison.Ordinal) || !Rate().IsMatch(said))
            throw new InvalidOperationException($"{server.Name}: {said}");
        var requests = Number(Count().Match(said));
        return new Throughput(Number(Rate().Match(said)), requests / (server.Processor - before).TotalSeconds, requests);
    }

    /// <summary>Milliseconds of each answer at a steady rate over one connection, sorted. A request is due at its time, whether the one before is answered or not.</summary>
    public static double[] Paced(Server server, string body, int perSecond, int seconds)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, server.Port);
        var request = Encoding.ASCII.GetBytes($"POST {server.Path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        var buffer = new byte[16384];
        var milliseconds = new double[perSecond * seconds];
        var begin = Stopwatch.GetTimestamp();
        for (var i = 0; i < milliseconds.Length; i++)
        {
            var due = begin + ((long)i * Stopwatch.Frequency / perSecond);
            while (Stopwatch.GetTimestamp() < due)
                Thread.SpinWait(10);
            socket.Send(request);
            for (var have = 0; !IsWhole(buffer.AsSpan(0, have));)
                have += socket.Receive(buffer.AsSpan(have)) is > 0 and var more ? more : throw new InvalidOperationException($"{server.Name} hung up.");
            milliseconds[i] = Stopwatch.GetElapsedTime(due).TotalMilliseconds;
        }

        Array.Sort(milliseconds);
        return milliseconds;
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        var length = answer.IndexOf("Content-Length: "u8);
        return end > 0 && length > 0 && answer.Length == end + 4 + int.Parse(answer[(length + 16)..(length + 16 + answer[(length + 16)..].IndexOf((byte)'\r'))], CultureInfo.InvariantCulture);
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex("([0-9]+) requests in")]
    private static partial Regex Count();
}
