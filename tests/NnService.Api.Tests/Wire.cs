using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>What a caller does: sends JSON or CSV, and reads JSON.</summary>
public sealed class Wire(HttpClient http)
{
    /// <summary>How long a caller waits for an answer at the most.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    public HttpClient Http => http;

    public static string Sample(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "SampleData", file));

    public static JsonNode Reference(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", file)))!;

    /// <summary>Numbers of a JSON array.</summary>
    public static double[] Numbers(JsonNode? array) => [.. array!.AsArray().Select(number => (double)number!)];

    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : $"/api/v1/{path}") { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request);
        return new Answer(response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(), response.Headers);
    }

    public Task<Answer> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    public Task<Answer> Delete(string path) => Send(HttpMethod.Delete, path);

    public Task<Answer> Post(string path, string json, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, new StringContent(json, Encoding.UTF8, "application/json"), headers);

    public Task<Answer> Put(string path, string json) => Send(HttpMethod.Put, path, new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<Answer> PostCsv(string path, string csv, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, new StringContent(csv, Encoding.UTF8, "text/csv"), headers);

    /// <summary>Uploads a sample file under a name; nothing happens where it is there already.</summary>
    public async Task Upload(string name, string file)
    {
        var answer = await PostCsv($"datasets?name={name}", Sample(file));
        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.OK, answer.Text);
    }

    /// <summary>Trains to the end and returns the job, which must have succeeded.</summary>
    public async Task<JsonNode> Train(string json)
    {
        var answer = await Post("training-jobs", json, ("Prefer", "wait=300"));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal("succeeded", (string?)answer.Json["state"]);
        return answer.Json;
    }

    /// <summary>Looks at a job until it is as wanted; fails where that takes too long.</summary>
    public Task<JsonNode> Until(string id, Func<JsonNode, bool> isWanted) => UntilAt($"training-jobs/{id}", isWanted);

    /// <summary>Looks at a path until its answer is what is wanted.</summary>
    public async Task<JsonNode> UntilAt(string path, Func<JsonNode, bool> isWanted)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            var answer = (await Get(path)).Json;
            if (isWanted(answer))
                return answer;
            Assert.False(deadline.IsCancellationRequested, $"{path} is still {answer.ToJsonString()}");
            await glance.WaitForNextTickAsync();
        }
    }

    /// <summary>Cancels whatever has not ended, so that a test that has failed does not keep the worker from the next one.</summary>
    public async Task CancelAll()
    {
        foreach (var state in new[] { "paused", "queued", "running" })
            foreach (var job in (await Get($"training-jobs?state={state}&limit=500")).Json["items"]!.AsArray())
                await Post($"training-jobs/{job!["id"]}/cancel", "");
    }

    /// <summary>Looks at a job until it is in a state.</summary>
    public Task<JsonNode> Until(string id, string state) => Until(id, job => (string?)job["state"] == state);

    /// <summary>The loss history of a job, by epoch.</summary>
    public async Task<Dictionary<int, double>> TrainLosses(JsonNode job)
    {
        var history = await Get($"training-jobs/{job["id"]}/history");
        return history.Json["points"]!.AsArray().ToDictionary(point => (int)point!["epoch"]!, point => (double)point!["trainLoss"]!);
    }
}

/// <summary>An answer of the service.</summary>
public sealed record Answer(HttpStatusCode Status, string? ContentType, string Text, HttpResponseHeaders Headers)
{
    public JsonNode Json => JsonNode.Parse(Text)!;
}
