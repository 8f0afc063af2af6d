using System.Text;
using System.Text.Json;

namespace NnService.Benchmarks.Serving;

/// <summary>The service on the first core, with its warm-up through, and a scratch folder.</summary>
internal sealed class Stage : IDisposable
{
    private readonly HttpClient _http;
    private readonly HashSet<Case> _models = [];

    /// <param name="folder">Where files may lie until the end.</param>
    public Stage(string folder)
    {
        Folder = folder;
        Service = Server.Start(Launch.Service(Path.Combine(folder, "data")));
        Service.WaitUntilWarm();
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Service.Port}") };
    }

    public string Folder { get; }

    public Server Service { get; }

    /// <summary>The service where it answers predictions of a case's model, which is made at the first call.</summary>
    public Server Predicting(Case asked)
    {
        if (_models.Add(asked))
            Post("/api/v1/models", asked.Model());
        return Service.At($"/api/v1/models/m{asked.Inputs}/predict");
    }

    /// <summary>What has wrk send a case's row; its file.</summary>
    public string Script(Case asked)
    {
        var script = Path.Combine(Folder, $"{asked.Name}.lua");
        File.WriteAllText(script, $"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [==[{asked.Body()}]==]\n");
        return script;
    }

    /// <summary>Sends a body; the answer's JSON. Errors: <see cref="InvalidOperationException"/> where it is not 2xx.</summary>
    public JsonElement Post(string path, string body, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        return Read(_http.PostAsync(path, content).Result);
    }

    public JsonElement Get(string path) => Read(_http.GetAsync(path).Result);

    public void Dispose()
    {
        _http.Dispose();
        Service.Dispose();
    }

    private static JsonElement Read(HttpResponseMessage answer)
    {
        using (answer)
        {
            var text = answer.Content.ReadAsStringAsync().Result;
            return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement
                : throw new InvalidOperationException($"{answer.RequestMessage!.RequestUri}: {text}");
        }
    }
}
