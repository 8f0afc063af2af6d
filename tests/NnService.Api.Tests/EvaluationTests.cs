using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using NnService.Api.TrainingJobs.Planning;

namespace NnService.Api.Tests;

/// <summary>The last stage of a job: its training has ended, its metrics are under way. Whoever leaves it loses nothing.</summary>
public sealed class EvaluationTests : IDisposable
{
    private const int Epochs = 15, MostUnits = 16_384;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    [Fact]
    public async Task A_job_says_that_it_is_evaluated_and_how_long_and_a_pause_loses_nothing()
    {
        using var service = new TestService();
        var wire = service.Wire;
        await Upload(wire);
        for (var units = 1024; ; units *= 2)
        {
            Assert.True(units <= MostUnits, "No evaluation was caught.");
            var id = await Evaluated(wire, units, caught: async id => await wire.Post($"training-jobs/{id}/pause", ""));
            var paused = await wire.Until(id, job => (string?)job["state"] is "paused" or "succeeded");
            if ((string?)paused["state"] == "succeeded")
                continue; // too late: the next one has four times as much to do

            Assert.Equal("null null 1 15", $"{paused["stage"] ?? "null"} {paused["etaSeconds"] ?? "null"} {paused["progress"]} {paused["epoch"]}");
            await wire.Post($"training-jobs/{id}/resume", "");
            await EndsLikeAnUndisturbedOne(wire, id, units);
            return;
        }
    }

    [UnixFact]
    public async Task SIGTERM_after_the_last_epoch_loses_nothing()
    {
        using (var before = await ServiceHere.Start(_folder))
            await Upload(before.Wire);
        for (var units = 1024; ; units *= 2)
        {
            Assert.True(units <= MostUnits, "No evaluation was caught.");
            string id;
            using (var service = await ServiceProcess.Start(_folder))
                id = await Evaluated(service.Wire, units, caught: async _ => Assert.Equal(0, await service.Terminate()));
            using var next = await ServiceHere.Start(_folder);
            var job = await next.Wire.Until(id, job => (string?)job["state"] != "queued");
            if ((int)job["attempt"]! == 1)
                continue; // it was quicker

            Assert.Equal("the service was stopped", (string?)job["transitions"]![2]!["reason"]);
            Assert.Equal(Epochs, (int)job["epoch"]!);
            await EndsLikeAnUndisturbedOne(next.Wire, id, units);
            return;
        }
    }

    // A category of 600 values, each with an input, and a target of 900: 540,900 parameters.
    [Fact]
    public async Task A_job_whose_linear_baseline_would_be_too_large_says_so()
    {
        using var service = new TestService();
        var csv = new StringBuilder("c,y\n");
        for (var row = 0; row < 1200; row++)
            csv.Append(CultureInfo.InvariantCulture, $"c{row % 600},l{row % 900}\n");
        await service.Wire.PostCsv("datasets?name=many&types=c:category,y:category", csv.ToString());

        var job = await service.Wire.Train("""
            {"dataset":"many","target":"y","epochs":1,"batchSize":256,"split":{"train":0.8,"validation":0,"test":0.2},
             "preprocessing":{"maxCategories":600},"network":{"layers":[{"type":"dense","units":2},{"type":"dense"}]} }
            """);

        Assert.Null(job["metrics"]!["baselines"]!["linear"]);
        Assert.Contains(
            job["warnings"]!.AsArray(),
            warning => ((string)warning!).StartsWith("There is no linear model to compare with: it would have ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, null, 0, 13)] // 2 for the baseline, 100 rows of a tenth of a second, 1 for the intervals
    [InlineData(3, null, 0, 10)]
    [InlineData(5, 2.0, 50, 3)] // 50 rows took 2 seconds: so will the other 50
    [InlineData(5, 2.0, 100, 1)]
    [InlineData(20, null, 0, 2)] // longer than was thought: a tenth of that again
    [InlineData(12.99, null, 0, 1.299)]
    public void What_is_left_of_an_evaluation_is_never_nothing(double elapsed, double? sinceAnswers, int answered, double rest) =>
        Assert.Equal(rest, new EvaluationEstimate(BaselineSeconds: 2, Rows: 100, RowSeconds: 0.1, IntervalSeconds: 1).Rest(elapsed, sinceAnswers, answered),
            1e-12);

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private static async Task Upload(Wire wire)
    {
        var rows = Enumerable.Range(0, 20_000)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{i * 37 % 1009}.5,{i * 53 % 997}.5,{i * 29 % 811}.5\n"));
        Assert.Equal(HttpStatusCode.Created, (await wire.PostCsv("datasets?name=evaluated", "a,b,y\n" + string.Concat(rows))).Status);
    }

    /// <summary>Starts a job and does something to it as soon as it says that it is evaluated, unless it has ended before anybody could see that.</summary>
    private static async Task<string> Evaluated(Wire wire, int units, Func<string, Task> caught)
    {
        var id = (string)(await wire.Post("training-jobs", Job($"units-{units}", units))).Json["id"]!;
        var job = await wire.Until(id, job => (string?)job["stage"] == "evaluating" || job["endedAt"] is not null);
        if (job["endedAt"] is null)
        {
            Assert.Equal("running 1 15", $"{job["state"]} {job["progress"]} {job["epoch"]}");
            Assert.True((double)job["etaSeconds"]! > 0);
        }

        await caught(id);
        return id;
    }

    private static async Task EndsLikeAnUndisturbedOne(Wire wire, string id, int units)
    {
        var job = await wire.Until(id, "succeeded");
        var whole = await wire.Train(Job("undisturbed", units));

        Assert.Equal((2, "completed"), ((int)job["attempt"]!, (string?)job["stopReason"]));
        Assert.Null(job["stage"]);
        Assert.Equal(whole["metrics"]!.ToJsonString(), job["metrics"]!.ToJsonString());
        Assert.Equal(await Sha256(wire, "undisturbed"), await Sha256(wire, $"units-{units}"));
        Assert.Equal(await Points(wire, whole), await Points(wire, job));
    }

    private static async Task<string> Sha256(Wire wire, string model) => (string)(await wire.Get($"models/{model}/versions/1")).Json["sha256"]!;

    private static async Task<string> Points(Wire wire, JsonNode job)
    {
        var points = (await wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        Assert.Equal(Epochs, points.Count);
        foreach (var point in points)
            point!.AsObject().Remove("elapsedSeconds");
        return points.ToJsonString();
    }

    // Fifteen steps of one row, and then twenty thousand answers of as many units as it takes for somebody to look in.
    private static string Job(string model, int units) => $$"""
        {"dataset":"evaluated","target":"y","task":"regression","features":["a","b"],
         "network":{"layers":[{"type":"dense","units":{{units}},"activation":"relu"},{"type":"dense","units":{{units}},"activation":"relu"},{"type":"dense"}]},
         "order":"withReplacement","stepsPerEpoch":1,"batchSize":1,"epochs":{{Epochs}},"historyLoss":"running","split":{"train":0.5,"validation":0,"test":0.5},"model":"{{model}}"}
        """;
}
