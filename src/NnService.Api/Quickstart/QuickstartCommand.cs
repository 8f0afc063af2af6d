using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using NnService.Api.Datasets;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Api.Networks;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Quickstart;

/// <summary>Walks through the main job over HTTP, printing each request as the curl line a person would type.</summary>
internal sealed class QuickstartCommand(HttpClient http, string url, bool hasKey, TextWriter console)
{
    private const int BarWidth = 50;

    // Of its own, so that the tour of README.md makes version 1 of its model whichever is tried first.
    private const string Model = "quickstart";
    private static readonly string s_job = TrainingJobExamples.Job.Replace("\"model\": \"heights\"", $"\"model\": \"{Model}\"", StringComparison.Ordinal);

    private string KeyHeader => hasKey ? " -H \"Authorization: Bearer $KEY\"" : "";

    /// <summary>Runs the walk against a service that is up.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="key">A key; null: none is needed.</param>
    /// <param name="stop">Ends it before it is through.</param>
    public static async Task RunAsync(string url, string? key, CancellationToken stop)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url) };
        if (key is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        try
        {
            await new QuickstartCommand(http, url, key is not null, Console.Out).RunAsync(stop);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            if (!stop.IsCancellationRequested) // or the service stops, as it was told to
                await Console.Error.WriteLineAsync($"The quickstart ended early: {failure.Message}");
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        Say("1. Define a network: two inputs, two hidden neurons, one output.");
        await Send("networks", "application/json", NetworkExamples.Network, stop);

        Say("2. Upload a table: four people with weight (lb), height (in) and gender.");
        await Send($"datasets?name={Examples.DatasetName}", "text/csv", DatasetExamples.Csv, stop);

        Say("3. Train in the background: one person at a time, 1000 epochs.");
        var job = await Send("training-jobs", "application/json", s_job, stop);
        await Watch((string)job["id"]!, stop);

        Say("4. Predict two people the network has not seen: Emily (128 lb, 63 in) and Frank (155 lb, 68 in).");
        var answer = await Send($"models/{Model}/predict", "application/json", ModelExamples.Predict, stop);
        string[] names = ["Emily", "Frank"];
        foreach (var (name, prediction) in names.Zip(answer["predictions"]!.AsArray()))
            console.WriteLine($"   {name}: {prediction!["label"]} (F with probability {(double)prediction["probabilities"]!["F"]!:0.000})");

        Say($"The service goes on running. Its page, for a browser: {url}/   Swagger UI: {url}/swagger   Loss curve: {url}/api/v1/training-jobs/latest/loss.svg   Ctrl+C ends it.");
    }

    private async Task<JsonNode> Send(string path, string contentType, string body, CancellationToken stop)
    {
        console.WriteLine($"curl -X POST '{url}/api/v1/{path}'{KeyHeader} -H 'Content-Type: {contentType}' --data-binary '{body.TrimEnd()}\n'\n");
        using var content = new StringContent(body, Encoding.UTF8, contentType);
        using var answer = await http.PostAsync($"/api/v1/{path}", content, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        console.WriteLine($"   {(int)answer.StatusCode} {answer.ReasonPhrase}");
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new HttpRequestException($"{path} answered {text}");
    }

    private async Task Watch(string id, CancellationToken stop)
    {
        var path = $"/api/v1/training-jobs/{id}";
        console.WriteLine($"\ncurl '{url}{path}/history'{KeyHeader}\n");
        var (next, drawn, highest) = (0, 0, 0.0);
        while (true)
        {
            var job = await Get(path, stop);
            var history = await Get($"{path}/history?from={next}", stop);
            foreach (var point in history["points"]!.AsArray())
            {
                var (epoch, loss) = ((int)point!["epoch"]!, (double)point["trainLoss"]!);
                highest = Math.Max(highest, loss);
                next = epoch + 1;
                if (epoch >= drawn)
                {
                    Draw(epoch, loss, highest);
                    drawn = epoch == 0 ? 10 : epoch < 100 ? epoch + 10 : epoch + 100;
                }
            }

            var state = (string)job["state"]!;
            if (state is "failed" or "cancelled")
                throw new HttpRequestException($"the training {state}: {job["error"]}");
            if (state == "succeeded" && next > (int)job["epoch"]!)
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        }
    }

    private async Task<JsonNode> Get(string path, CancellationToken stop) => JsonNode.Parse(await http.GetStringAsync(path, stop))!;

    private void Draw(int epoch, double loss, double highest)
    {
        var bar = new string('█', (int)Math.Round(loss / highest * BarWidth));
        console.WriteLine($"   epoch {epoch,4}  loss {loss.ToString("0.000000", CultureInfo.InvariantCulture)}  {bar}");
    }

    private void Say(string text) => console.WriteLine($"\n{text}\n");
}
