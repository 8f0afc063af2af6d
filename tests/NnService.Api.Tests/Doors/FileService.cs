namespace NnService.Api.Tests.Doors;

/// <summary>A service on a port, with what can be downloaded from it; nothing of what a client library does by itself is done.</summary>
public sealed class FileService : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-files-").FullName;
    private ServiceHere? _service;

    public static string Table { get; } = "a,b\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i % 500},{i % 7}\n"));

    public Wire Wire => _service!.Wire;

    public async Task InitializeAsync()
    {
        _service = await ServiceHere.Start(_folder);
        await Wire.PostCsv("datasets?name=files", Table);
        await Upload("files-tabs", "a\tb\n1\t2\n", "text/tab-separated-values");
        await Wire.Post("datasets", """{"name":"files-json","rows":[{"a":1}]}""");
        await Upload("files-lines", "{\"a\":1}\n", "application/jsonl");
        await Wire.Post("models", """{"name":"files","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]}}""");
        await Wire.Train("""
            {"dataset":"files","target":"b","task":"regression","features":["a"],"epochs":30,"model":"files-trained","network":{"layers":[{"type":"dense"}]}}
            """);
    }

    public Task DisposeAsync()
    {
        _service?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    private Task<Answer> Upload(string name, string table, string type) =>
        Wire.Send(HttpMethod.Post, $"datasets?name={name}", new StringContent(table) { Headers = { ContentType = new(type) } });

    /// <summary>Sends a request as it stands; the answer's body is not inflated.</summary>
    public async Task<(HttpResponseMessage Answer, byte[] Body)> Send(
        HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var handler = new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None };
        using var http = new HttpClient(handler) { BaseAddress = Wire.Http.BaseAddress, Timeout = Wire.Patience };
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : $"/api/v1/{path}") { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var answer = await http.SendAsync(request);
        return (answer, await answer.Content.ReadAsByteArrayAsync());
    }
}

[CollectionDefinition(Name)]
public sealed class Files : ICollectionFixture<FileService>
{
    public const string Name = "files of one service";
}
