using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NnService.Benchmarks.Serving;

/// <summary>Sends predictions to a server from the second core.</summary>
internal static partial class Load
{
    /// <summary>As many requests as some connections can have answered. Errors: <see cref="InvalidOperationException"/> where an answer is not 2xx.</summary>
    public static Throughput Most(Server server, string script, int seconds, int connections = 16)
    {
        var before = server.Processor;
        var start = new ProcessStartInfo(
            "taskset", ["-c", "1", "wrk", "-t1", $"-c{connections}", $"-d{seconds}",
            "-s", script, server.Address.ToString()])
        { RedirectStandardOutput = true };
        using var wrk = Process.Start(start)!;
        var said = wrk.StandardOutput.ReadToEnd();
        wrk.WaitForExit();
        if (said.Contains("Non-2xx", StringComparison.Ordinal) || !Rate().IsMatch(said))
            throw new InvalidOperationException($"{server.Name}: {said}");
        var requests = Number(Count().Match(said));
        return new Throughput(Number(Rate().Match(said)), requests / (server.Processor - before).TotalSeconds, requests);
    }

    /// <summary>Requests at a steady rate over one connection. A request is due at its time, whether the one before is answered or not; when the time is up,
    /// those that are late are left out.</summary>
    public static Pace Paced(Server server, string body, int perSecond, int seconds)
    {
        using var connection = new Connection(server.Port);
        byte[] request = [.. Connection.Head(server.Path, "application/json", body.Length), .. Encoding.ASCII.GetBytes(body)];
        var (sinceDue, sinceSent) = (new List<double>(perSecond * seconds), new List<double>(perSecond * seconds));
        var begin = Stopwatch.GetTimestamp();
        for (var i = 0; i < perSecond * seconds && Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; i++)
        {
            var due = begin + ((long)i * Stopwatch.Frequency / perSecond);
            while (Stopwatch.GetTimestamp() < due)
                Thread.SpinWait(10);
            var sent = Stopwatch.GetTimestamp();
            connection.Send(request);
            connection.Receive();
            sinceDue.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
            sinceSent.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        var took = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        sinceDue.Sort();
        sinceSent.Sort();
        return new Pace(sinceDue.Count / took, sinceDue, sinceSent);
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Requests/sec:\s+([0-9.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex("([0-9]+) requests in")]
    private static partial Regex Count();
}
