using System.Diagnostics;

namespace NnService.Benchmarks.Scale;

/// <summary>Callers that ask at the same time.</summary>
internal static class ConnectionAxis
{
    private const string FastApi = "FastAPI and torch";
    private const string Kept = "answers";
    private const string Closed = "answers, a new connection for each";
    private const string Secure = "answers over TLS";
    private const string Shared = "answers over TLS and HTTP/2";
    private const string Unit = "a second";
    private const int WarmSeconds = 2;
    private const int Seconds = 4;

    public static readonly Axis Connections = new(
        "connections",
        "Callers that each ask for a single row as soon as they are answered, on a connection of their own; then with a new connection for each request; then over "
        + "TLS, as HTTP/1.1 and as HTTP/2, where all share one connection. The client shares the processor.",
        [1, 4, 16, 64, 256], [], Ask)
    {
        Peers = "Against Kestrel alone, which reads the same body and answers a constant: the roof over every service in .NET; and against a network of the same size in torch "
            + "behind FastAPI, which a user writes in ten lines, in one process.",
    };

    private static IEnumerable<Figure> Ask(ServiceUnderMeasurement measured, int callers)
    {
        StockAxes.Begin(measured);
        using (var ours = Caller.Of(measured.Service, "one"))
        using (var bare = Caller.Bare())
        {
            foreach (var (caller, peer) in new[] { (ours, null), (bare, Caller.BareName) })
            {
                foreach (var figure in Plain(caller, callers, peer))
                    yield return figure;
            }
        }

        foreach (var figure in OfFastApi(callers))
            yield return figure;
        using var certificate = new OwnCertificate();
        using var secured = new ServiceUnderMeasurement(certificate.Settings);
        StockAxes.Begin(secured);
        using var oursSecured = Caller.Of(secured.Service, "one");
        using var bareSecured = Caller.Bare(certificate);
        foreach (var (caller, peer) in new[] { (oursSecured, null), (bareSecured, Caller.BareName) })
        {
            Answers(caller, callers, WarmSeconds);
            yield return new(Secure, Unit, Answers(caller, callers, Seconds), peer);
            yield return new(Shared, Unit, Answers(caller, callers, Seconds, isShared: true), peer);
        }
    }

    private static IEnumerable<Figure> Plain(Caller caller, int callers, string? peer)
    {
        Answers(caller, callers, WarmSeconds);
        yield return new(Kept, Unit, Answers(caller, callers, Seconds), peer);
        yield return new(Closed, Unit, Answers(caller, callers, Seconds, closes: true), peer);
    }

    private static IEnumerable<Figure> OfFastApi(int callers)
    {
        try
        {
            using var fastApi = Caller.FastApi(FastApi);
            return [.. Plain(fastApi, callers, FastApi)];
        }
        catch (InvalidOperationException absent)
        {
            return [Figure.None(Kept, FastApi, absent.Message.TrimEnd('.'))];
        }
    }

    private static double Answers(Caller caller, int callers, int seconds, bool closes = false, bool isShared = false)
    {
        var answers = 0L;
        using var shared = caller.Connect();
        var begin = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, callers).Select(_ => new Thread(() =>
        {
            using var alone = caller.Connect();
            while (Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
            {
                caller.Ask(isShared ? shared : alone, closes, isShared);
                Interlocked.Increment(ref answers);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return answers / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
