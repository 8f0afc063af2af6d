using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>Predictions over a real connection: every way to write the path, and bodies that come slowly or not at all.</summary>
public sealed class PlainPredictionTests : IDisposable
{
    private const string Rows = """{"rows":[[1,2],[3,4]]}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-plain-").FullName;

    [Fact]
    public async Task Every_way_to_write_the_path_gets_the_same_answer()
    {
        using var service = await ServiceHere.Start(_folder, "--WarmUp:Enabled=false");
        var wire = service.Wire;
        await MakeSum(wire);
        await wire.Send(HttpMethod.Put, "models/sum/aliases/champion", new StringContent("""{"version":1}""", Encoding.UTF8, "application/json"));

        foreach (var path in (string[])["models/sum/predict", "models/sum/versions/1/predict",
            "models/sum/versions/champion/predict", "/API/V1/Models/sum/Predict", "models/sum/predict/", "models/sum/predict?ignoreUnknown=true"])
            Assert.Equal((path, HttpStatusCode.OK, """{"model":"sum","version":1,"predictions":[{"value":3},{"value":7}]}"""),
                (path, (await wire.Post(path, Rows)).Status, (await wire.Post(path, Rows)).Text));
        foreach (var path in (string[])["models/nobody/predict", "models/sum/versions/2/predict",
            "models/sum/versions/1/more/predict", "models//predict", "models/sum/version/1/predict", "models/SUM/predict"])
            Assert.Equal((path, HttpStatusCode.NotFound, "application/problem+json"),
                (path, (await wire.Post(path, Rows)).Status, (await wire.Post(path, Rows)).ContentType));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await wire.Get("models/sum/predict")).Status);
    }

    [Fact]
    public async Task A_body_may_come_byte_by_byte_or_break_off()
    {
        using var service = await ServiceHere.Start(_folder, "--WarmUp:Enabled=false");
        await MakeSum(service.Wire);
        var port = service.Wire.Http.BaseAddress!.Port;

        using (var broken = new TcpClient())
        {
            await broken.ConnectAsync(IPAddress.Loopback, port);
            await broken.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head + Rows[..5]));
        }

        using var slow = new TcpClient { NoDelay = true };
        await slow.ConnectAsync(IPAddress.Loopback, port);
        foreach (var one in Encoding.ASCII.GetBytes(Head + Rows))
            await slow.GetStream().WriteAsync(new[] { one });
        using var answer = new StreamReader(slow.GetStream(), Encoding.ASCII);
        var text = await answer.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("""{"model":"sum","version":1,"predictions":[{"value":3},{"value":7}]}""", text, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Head =>
        $"POST /api/v1/models/sum/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n"
        + $"Content-Length: {Rows.Length}\r\n\r\n";

    private static async Task MakeSum(Wire wire) =>
        Assert.Equal(HttpStatusCode.Created,
            (await wire.Post("models", """{"name":"sum","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""")).Status);
}
