using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>SIGTERM while callers are in the middle of something and in no hurry: the process ends within two seconds or so, with 0.</summary>
public sealed class StopTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(6); // two, and what a busy machine adds

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    private static readonly (string Path, string Type, string Begin)[] s_bodies =
    [
        ("/api/v1/networks", "application/json", "{\"name\":"),
        ("/api/v1/models", "application/json", "{\"name\":"),
        ("/api/v1/training-jobs", "application/json", "{\"dataset\":"),
        ("/api/v1/models/sum/predict", "application/json", "{\"rows\":[[1,"),
        ("/api/v1/models/sum/predict?ignoreUnknown=true", "application/json", "{\"rows\":[[1,"),
        ("/api/v1/models/sum/predict", "text/csv", "x1,x2\n1,"),
        ("/api/v1/models/sum/evaluate", "application/json", "{\"data"),
        ("/api/v1/models/sum/trace", "application/json", "{\"row"),
        ("/api/v1/models/sum/explain", "application/json", "{\"row"),
        ("/api/v1/datasets?name=slow", "text/csv", "a,b\n1,"),
        ("/api/v1/datasets?name=slow", "application/json", "{\"rows"),
        ("/api/v1/datasets?name=slow", "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\na,b\n1,"),
        ("/v2/models/sum/infer", "application/json", "{\"inputs\":["),
        ("/v1/models/sum:predict", "application/json", "{\"instances\":[[1,"),
        ("/invocations?model=sum", "application/json", "{\"instances\":[[1,"),
        ("/invocations?model=sum", "text/csv", "x1,x2\n1,"),
    ];

    // All at once: one that was waited for would be missed below, and would hold up the stop.
    [Fact]
    public async Task A_body_that_does_not_come_is_waited_for_no_longer()
    {
        using var service = await Service();
        using var callers = new Callers();
        var answers = new List<(string Path, Task<string> Answer)>();
        foreach (var (path, type, begin) in s_bodies)
        {
            callers.Add(await Begin(service, path, $"Content-Type: {type}\r\nContent-Length: 100000", begin));
            answers.Add(($"{path} {type}, announced", Read(callers[^1])));
            callers.Add(await Begin(service, path, $"Content-Type: {type}\r\nTransfer-Encoding: chunked", $"{begin.Length:x}\r\n{begin}\r\n"));
            answers.Add(($"{path} {type}, chunked", Read(callers[^1])));
            callers.Add(await Send(service, $"POST {path} HTTP/1.1\r\nHost: loc"));
        }

        await EndsSoon(service);

        foreach (var (path, answer) in answers)
            Assert.True(
                await answer is var said && said.StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal) && said.Contains("\r\nRetry-After: ", StringComparison.Ordinal),
                $"{path}: {await answer}");
    }

    [Fact]
    public async Task A_caller_who_does_not_read_is_waited_for_no_longer()
    {
        using var service = await Service("--Limits:LeastBytesPerSecond=1"); // none is cut before the stop
        await Fill(service.Wire);
        using var callers = new Callers();
        foreach (var (method, path, body) in new[]
        {
            ("POST", "/api/v1/models/wide/predict", "{\"dataset\":\"wide\"}"), ("GET", "/api/v1/datasets/wide/content", ""),
            ("GET", "/api/v1/datasets/wide/rows?limit=1000", ""), ("GET", "/api/v1/training-jobs/latest/events", ""),
        })
            for (var i = 0; i < 4; i++)
            {
                callers.Add(await Send(
                    service, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}",
                    receiveBuffer: 4096));
                var first = new byte[16];
                await callers[^1].GetStream().ReadExactlyAsync(first);
                Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(first), StringComparison.Ordinal);
            }

        await EndsSoon(service);
    }

    private static async Task Fill(Wire wire)
    {
        var table = new StringBuilder("x1,x2,y\n");
        for (var i = 0; i < 400_000; i++)
            table.Append(CultureInfo.InvariantCulture, $"{i}.125,{i}.25,{i % 7}\n");
        await wire.PostCsv("datasets?name=wide", table.ToString());
        await wire.Post("models", """{"name":"wide","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");
        await wire.PostCsv("datasets?name=narrow", "a,b\n1,2\n3,4\n5,6\n");
        await wire.Post(
            "training-jobs", EndlessJob.Of("""{"dataset":"narrow","target":"b","task":"regression","network":{"layers":[{"type":"dense","units":256},"""
            + """{"type":"dense","units":1}]}}"""));
        await wire.Post("training-jobs/latest/pause", "");
        await wire.Until("latest", "paused");
    }

    [Fact]
    public async Task Answers_that_are_waited_for_go_out_and_idle_connections_do_not_hold_up_the_stop()
    {
        using var service = await Service();
        await service.Wire.PostCsv("datasets?name=d", "a,b\n1,2\n3,4\n5,6\n");
        using var idle = await Send(service, "");
        using var kept = await Send(service, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        var waiting = service.Wire.Post(
            "training-jobs", EndlessJob.Of("""{"dataset":"d","target":"b","task":"regression","network":{"layers":[{"type":"dense","units":256},"""
            + """{"type":"dense","units":1}]}}"""), ("Prefer", "wait=60"));
        await service.Wire.Until("latest", job => (string?)job["state"] == "running");

        await EndsSoon(service);

        Assert.Equal(HttpStatusCode.Accepted, (await waiting).Status);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            TemporaryFolder.Remove(_folder);
    }

    private async Task<ServiceProcess> Service(params string[] settings)
    {
        var service = await ServiceProcess.Start(_folder, settings);
        await service.Wire.Post("models", """{"name":"sum","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");
        return service;
    }

    private static async Task EndsSoon(ServiceProcess service)
    {
        var clock = Stopwatch.StartNew();
        Assert.Equal(0, await service.Terminate());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon);
    }

    private static async Task<TcpClient> Send(ServiceProcess service, string request, int receiveBuffer = 1 << 16)
    {
        var caller = new TcpClient { ReceiveBufferSize = receiveBuffer };
        await caller.ConnectAsync(IPAddress.Loopback, service.Wire.Http.BaseAddress!.Port);
        await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        return caller;
    }

    // The server says that it waits for the body; then a piece of it comes.
    private static async Task<TcpClient> Begin(ServiceProcess service, string path, string headers, string body)
    {
        var caller = await Send(service, $"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\nExpect: 100-continue\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 100 ", await Read(caller), StringComparison.Ordinal);
        await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes(body));
        return caller;
    }

    private static async Task<string> Read(TcpClient caller)
    {
        var bytes = new byte[4096];
        var read = await caller.GetStream().ReadAsync(bytes);
        return Encoding.ASCII.GetString(bytes, 0, read);
    }

    private sealed class Callers : List<TcpClient>, IDisposable
    {
        public void Dispose() => ForEach(caller => caller.Dispose());
    }
}
