using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Clients;

/// <summary>The main job in C#, on HttpClient alone.</summary>
internal static class MainJob
{
    public static async Task RunAsync(string url, TextWriter output)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"{url}/api/v1/") };
        var table = "x,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i / 2.0},{i + 1}\n"));
        await Answer(http.PostAsync("datasets?name=cs-line", new StringContent(table, Encoding.UTF8, "text/csv")));

        using var request = new HttpRequestMessage(HttpMethod.Post, "training-jobs")
        {
            Content = JsonContent.Create(new { dataset = "cs-line", target = "y", task = "regression", seed = 1 }),
            Headers = { { "Prefer", "wait=60" } },
        };
        var job = await Answer(http.SendAsync(request));
        while ((string?)job["state"] is "queued" or "running") // where a minute was not enough
            job = await Answer(http.GetAsync($"training-jobs/{job["id"]}"));
        if ((string?)job["state"] != "succeeded")
            throw new InvalidOperationException($"{job["state"]}: {job["error"]}");
        await output.WriteLineAsync($"R² on rows it has not seen: {job["metrics"]!["test"]!["r2"]}");

        var answer = await Answer(http.PostAsJsonAsync("models/cs-line/predict", new { rows = new[] { new { x = 12 } } }));
        await output.WriteLineAsync($"y of x = 12: {answer["predictions"]![0]!["value"]}");
    }

    // What is refused says in "detail" what to change.
    private static async Task<JsonNode> Answer(Task<HttpResponseMessage> sent)
    {
        using var response = await sent;
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        return response.IsSuccessStatusCode ? body : throw new InvalidOperationException($"{(int)response.StatusCode}: {body["detail"]}");
    }
}
