using System.Net.Sockets;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>A caller who hangs up in the middle of a body has gone (499); it is no failure of the service.</summary>
public sealed class GoneCallerTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    private static readonly (string Path, string Type, string Begin)[] s_bodies =
    [
        ("/api/v1/networks", "application/json", "{\"name\":"),
        ("/api/v1/training-jobs", "application/json", "{\"dataset\":"),
        ("/api/v1/models/sum/predict", "application/json", "{\"rows\":[[1,"),
        ("/api/v1/models/sum/predict", "text/csv", "x1,x2\n1,"),
        ("/api/v1/models/sum/predict", "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\nx1,x2\n1,"),
        ("/api/v1/datasets?name=cut", "text/csv", "a,b\n1,"),
        ("/api/v1/datasets?name=cut", "application/json", "{\"rows"),
        ("/api/v1/datasets?name=cut", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-"),
        ("/api/v1/datasets?name=cut", "multipart/form-data; boundary=x",
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"t.csv\"\r\n\r\na,b\n1,"),
        ("/v2/models/sum/infer", "application/json", "{\"inputs\":["),
        ("/invocations?model=sum", "application/json", "{\"instances\":[[1,"),
    ];

    [Fact]
    public async Task A_body_that_is_broken_off_is_logged_as_that()
    {
        using var service = await ServiceProcess.Start(_folder);
        await service.Wire.Post("models", """{"name":"sum","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");
        await service.Wire.Get("/metrics"); // collecting has begun when it answers
        var said = new List<string>();

        foreach (var (path, type, begin) in s_bodies)
            foreach (var isReset in new[] { true, false })
                foreach (var (framing, early, late) in new[]
                    { ("Content-Length: 1000", "", begin), ("Content-Length: 1000", begin, ""), ("Transfer-Encoding: chunked", "", $"{1000:x}\r\n{begin}") })
                {
                    await HangUp(service, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\n{framing}", early, late, isReset);
                    said.Add(await service.Line(" 499 in ", said.Add));
                }

        var failures = said.Where(IsFailure).ToList();
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        string figures;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!(figures = (await service.Wire.Get("/metrics")).Text).Contains("http_response_status_code=\"499\"", StringComparison.Ordinal))
            await Task.Delay(50, deadline.Token); // a request is counted when its end has been logged, and an answer to others may be given once more
        Assert.DoesNotContain("http_response_status_code=\"500\"", figures, StringComparison.Ordinal);
        Assert.Equal(0, await service.Terminate());
        Assert.DoesNotContain(await service.Rest(), IsFailure);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            TemporaryFolder.Remove(_folder);
    }

    private static bool IsFailure(string line) =>
        line.Contains("\"Error\"", StringComparison.Ordinal) || line.Contains("Exception", StringComparison.Ordinal);

    // As soon as the service waits for more of the body, which it says.
    private static async Task HangUp(ServiceProcess service, string headers, string early, string late, bool isReset)
    {
        const string Continue = "HTTP/1.1 100 Continue\r\n\r\n";
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var caller = new TcpClient();
        await caller.ConnectAsync("127.0.0.1", service.Wire.Http.BaseAddress!.Port, deadline.Token);
        var stream = caller.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{headers}\r\nExpect: 100-continue\r\n\r\n{early}"), deadline.Token);
        var answer = new byte[Continue.Length];
        await stream.ReadExactlyAsync(answer, deadline.Token);
        Assert.Equal(Continue, Encoding.ASCII.GetString(answer));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(late), deadline.Token);
        if (isReset)
            caller.LingerState = new LingerOption(true, 0);
    }
}
