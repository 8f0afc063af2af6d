using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Jobs side by side: settings that differ, metrics, and paired intervals where the test rows are the same.</summary>
public sealed class JobComparisonTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task Jobs_on_the_same_test_rows_are_compared_row_by_row()
    {
        await _wire.Upload("compared-iris", "iris.csv");
        var (good, poor) = (await Train("compared-iris", 0.05, 60), await Train("compared-iris", 0.001, 1));
        var softmax = await _wire.Train("""
            {"dataset":"compared-iris","target":"species","network":{"layers":[{"type":"dense","activation":"softmax"}]},"epochs":5,"model":"compared"}
            """);

        var answer = (await Compare(good, poor, softmax)).Json;

        Assert.Equal([Id(good), Id(poor), Id(softmax)], answer["jobs"]!.AsArray().Select(job => (string)job!["id"]!));
        Assert.Equal("succeeded", (string?)answer["jobs"]![0]!["state"]);
        var settings = answer["configuration"]!.AsArray().ToDictionary(setting => (string)setting!["pointer"]!, setting => setting!["values"]!);
        Assert.Equal("[60,1,5]", settings["/epochs"].ToJsonString());
        Assert.Equal([0.05, 0.001], settings["/optimizer/learningRate"].AsArray().Take(2).Select(rate => (double)rate!));
        Assert.Equal("[4,4,null]", settings.GetValueOrDefault("/network/layers/0/units")?.ToJsonString());
        Assert.DoesNotContain("/dataset", settings.Keys);
        Assert.Equal(
            new[] { good, poor, softmax }.Select(job => Metric(job, "accuracy")),
            answer["metrics"]!["test.accuracy"]!.AsArray().Select(value => (double)value!));
        Assert.Equal((double)poor["trainLoss"]!, (double)answer["metrics"]!["trainLoss"]![1]!);

        Assert.Equal([Id(poor), Id(softmax)], answer["differences"]!.AsArray().Select(difference => (string)difference!["id"]!));
        var first = answer["differences"]![0]!;
        Assert.Equal((Id(good), 15), ((string)first["from"]!, (int)first["rows"]!));
        foreach (var (name, figure) in first["metrics"]!.AsObject())
            Assert.Equal(Metric(poor, name) - Metric(good, name), (double)figure!["difference"]!, 1e-9);
        var accuracy = first["metrics"]!["accuracy"]!;
        Assert.InRange((double)accuracy["difference"]!, (double)accuracy["interval"]![0]!, (double)accuracy["interval"]![1]!);
        Assert.True((double)accuracy["interval"]![1]! < 0, $"Hardly trained is worse beyond chance: {accuracy.ToJsonString()}");
        Assert.Equal( // from 1 to 0 with whichever rows
            $"Of the difference between job {Id(softmax)} and job {Id(good)} in macroF1 no interval can be told: "
            + "it comes out the same whichever of the 15 rows are drawn.",
            (string?)Assert.Single(answer["warnings"]!.AsArray()));
    }

    [Fact]
    public async Task Metrics_that_are_the_same_on_every_test_row_are_named_and_have_no_interval()
    {
        await _wire.Upload("compared-iris", "iris.csv");
        var (first, second) = (await Train("compared-iris", 0.05, 3), await Train("compared-iris", 0.05, 3));

        var answer = (await Compare(first, second)).Json;

        var metrics = answer["differences"]![0]!["metrics"]!.AsObject();
        Assert.Null(metrics["macroF1"]!["interval"]);
        Assert.Equal(
            $"Of the difference between job {Id(second)} and job {Id(first)} in logLoss, rocAuc, averagePrecision, macroF1, matthewsCorrelation, "
            + "calibrationError no interval can be told: it comes out the same whichever of the 15 rows are drawn.",
            (string?)Assert.Single(answer["warnings"]!.AsArray()));
    }

    [Fact]
    public async Task Regressions_are_compared_too_and_other_test_rows_are_not()
    {
        await _wire.Upload("compared-diabetes", "diabetes.csv");
        var jobs = new List<JsonNode>();
        foreach (var (learningRate, every) in new[] { ("0.01", 2), ("1e-7", 2), ("0.01", 3) })
            jobs.Add(await _wire.Train($$"""
                {"dataset":"compared-diabetes","target":"progression","epochs":30,"optimizer":{"type":"adam","learningRate":{{learningRate}} },
                 "split":{"testEvery":{{every}} },"model":"compared-numbers"}
                """));

        var answer = (await Compare([.. jobs])).Json;

        var difference = Assert.Single(answer["differences"]!.AsArray())!;
        Assert.Equal(Id(jobs[1]), (string?)difference["id"]);
        Assert.Equal(
            (double)jobs[1]["metrics"]!["test"]!["meanAbsoluteError"]! - (double)jobs[0]["metrics"]!["test"]!["meanAbsoluteError"]!,
            (double)difference["metrics"]!["meanAbsoluteError"]!["difference"]!, 1e-9);
        Assert.True((double)difference["metrics"]!["rootMeanSquaredError"]!["interval"]![0]! > 0, difference.ToJsonString());
        Assert.Contains("tested on different rows", (string)Assert.Single(answer["warnings"]!.AsArray())!, StringComparison.Ordinal);
        Assert.Contains(Id(jobs[2]), (string)answer["warnings"]![0]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_compared_says_why()
    {
        await _wire.PostCsv("datasets?name=compared-gone", Wire.Sample("iris.csv"));
        var first = await Train("compared-gone", 0.05, 2);
        var noTest = await _wire.Train("""{"dataset":"compared-gone","target":"species","split":{"test":0},"epochs":1,"model":"compared-untested"}""");
        var running = await _wire.Post("training-jobs", EndlessJob.Of("""{"dataset":"compared-gone","target":"species","model":"compared-running"}"""));
        Assert.Contains("it has no test part", await Warning(first, noTest), StringComparison.Ordinal);
        Assert.Contains("it has no model", await Warning(first, running.Json), StringComparison.Ordinal);
        Assert.StartsWith($"No job is compared with job {Id(running.Json)}: it has no model.", await Warning(running.Json, first), StringComparison.Ordinal);
        await _wire.Post($"training-jobs/{Id(running.Json)}/cancel", "");

        await _wire.Delete("datasets/compared-gone");
        Assert.Contains("its dataset \"compared-gone\" is not there any more", await Warning(first, noTest), StringComparison.Ordinal);
        await _wire.PostCsv("datasets?name=compared-gone", Wire.Sample("iris.csv") + "5.1,3.5,1.4,0.2,setosa\n");
        Assert.Contains("is not there any more as it was", await Warning(first, noTest), StringComparison.Ordinal);
        await _wire.Delete($"models/{(string)first["model"]!["name"]!}/versions/{first["model"]!["version"]}");
        Assert.Contains("was deleted", await Warning(first, noTest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", 400, "#/ids", "ids is missing")]
    [InlineData("""{"ids":[]}""", 400, "#/ids", "There are 0 ids; give the ids of up to 20")]
    [InlineData("""{"ids":["latest","no"]}""", 404, "#/ids/1", "There is no training job \"no\".")]
    [InlineData("""{"ids":["latest","latest"]}""", 400, "#/ids/1", "is named twice")]
    [InlineData("""{"jobs":[]}""", 400, "#/jobs", "jobs")]
    public async Task A_comparison_of_what_is_not_there_is_refused(string body, int status, string pointer, string detail)
    {
        await _wire.Upload("compared-iris", "iris.csv");
        await Train("compared-iris", 0.05, 1);

        var answer = await _wire.Post("training-jobs/compare", body);

        Assert.Equal((status, "application/problem+json"), ((int)answer.Status, answer.ContentType));
        Assert.Contains(detail, (string)answer.Json["detail"]!, StringComparison.Ordinal);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    private Task<JsonNode> Train(string dataset, double learningRate, int epochs) => _wire.Train(string.Create(CultureInfo.InvariantCulture, $$"""
        {"dataset":"{{dataset}}","target":"species",
         "network":{"layers":[{"type":"dense","units":4,"activation":"tanh"},{"type":"dense","activation":"softmax"}]},
         "optimizer":{"type":"adam","learningRate":{{learningRate}}},"batchSize":8,"epochs":{{epochs}},"model":"compared"}
        """));

    private Task<Answer> Compare(params JsonNode[] jobs) =>
        _wire.Post("training-jobs/compare", $$"""{"ids":[{{string.Join(',', jobs.Select(job => $"\"{Id(job)}\""))}}]}""");

    private async Task<string> Warning(params JsonNode[] jobs)
    {
        var answer = await Compare(jobs);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return (string)answer.Json["warnings"]![0]!;
    }

    private static double Metric(JsonNode job, string name) => (double)job["metrics"]!["test"]![name]!;

    private static string Id(JsonNode job) => (string)job["id"]!;
}
