using System.Net;
using NnService.Benchmarks.Accuracy;
using NnService.Benchmarks.Serving;

namespace NnService.Benchmarks.Scale;

/// <summary>Who asks one server for the prediction of a row: the service, or a peer, whose process ends with this.</summary>
internal sealed class Caller : IDisposable
{
    /// <summary>What the table calls Kestrel alone.</summary>
    public const string BareName = "Kestrel alone";

    private const string FastApiRow = """{"columns":["a","b"],"rows":[[1,0]]}""";

    private readonly Func<HttpClient> _connect;
    private readonly Server? _server;
    private readonly string _path;
    private readonly string _body;

    private Caller(Func<HttpClient> connect, string path, string body, Server? server = null) => (_connect, _path, _body, _server) = (connect, path, body, server);

    /// <summary>Of a model of the service.</summary>
    public static Caller Of(ServiceUnderTest service, string model) => new(service.Connect, $"models/{model}/predict", StockAxes.Row);

    /// <summary>Of Kestrel alone, over TLS where it gets a certificate.</summary>
    public static Caller Bare(OwnCertificate? certificate = null)
    {
        var server = Start(BareName, "/", [Environment.ProcessPath!, "serving", "bare", "PORT", .. certificate?.Files ?? []]);
        var address = new Uri($"{(certificate is null ? "http" : "https")}://127.0.0.1:{server.Port}/");
        return new Caller(() => ClientOf(address), "", StockAxes.Row, server);
    }

    /// <summary>Of a network in torch behind FastAPI. Errors: <see cref="InvalidOperationException"/> where it does not start.</summary>
    public static Caller FastApi(string name)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Serving", "serving_peer.py");
        var server = Start(name, "/predict", ["/usr/bin/python3", script, "torch", "PORT", "2", "2", "1"]);
        return new Caller(() => ClientOf(new Uri($"http://127.0.0.1:{server.Port}/")), "predict", FastApiRow, server);
    }

    /// <summary>A client with connections of its own.</summary>
    public HttpClient Connect() => _connect();

    /// <summary>Asks once. Errors: <see cref="HttpRequestException"/> where the answer is not 2xx.</summary>
    public void Ask(HttpClient client, bool closes = false, bool isHttp2 = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _path) { Content = ServiceUnderTest.Json(_body) };
        request.Headers.ConnectionClose = closes ? true : null;
        if (isHttp2)
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        client.SendAsync(request).Result.EnsureSuccessStatusCode().Dispose();
    }

    public void Dispose() => _server?.Dispose();

    private static Server Start(string name, string path, string[] command) =>
        Server.Start(new Launch(name, path, command) { Cores = $"0-{Environment.ProcessorCount - 1}" });

    private static HttpClient ClientOf(Uri address) =>
        new(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator }) { BaseAddress = address };
}
