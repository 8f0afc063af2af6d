using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Models;
using NnService.Api.Models.Evaluations;

namespace NnService.Api.Tests.Evaluations;

/// <summary>How much a model leans on each column.</summary>
[Collection(SharedService.Name)]
public sealed class ImportanceTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task Columns_are_told_by_what_the_model_loses_without_them()
    {
        var job = await Train("leans", true);

        var answer = (await _wire.Post("models/leans/importance", """{"dataset":"leans","repeats":5,"seed":3}""")).Json;
        var again = (await _wire.Post("models/leans/versions/1/importance", """{"dataset":"leans","repeats":5,"seed":3}""")).Json;

        Assert.Equal(answer.ToJsonString(), again.ToJsonString());
        Assert.Equal(("logLoss", 150), ((string)answer["metric"]!, (int)answer["rows"]!));
        var names = answer["columns"]!.AsArray().Select(column => (string)column!["name"]!).ToList();
        Assert.Equal(4, names.Count);
        Assert.StartsWith("petal_", names[0], StringComparison.Ordinal);
        Assert.All(answer["columns"]!.AsArray(), column => Assert.InRange(
            (double)column!["importance"]!, (double)column["interval"]![0]!, (double)column["interval"]![1]!));
        Assert.Contains("This is the table the model was trained on", (string?)answer["warnings"]![0], StringComparison.Ordinal);

        Assert.True((bool)job["configuration"]!["importance"]!);
        Assert.Equal(15, (int)job["importance"]!["rows"]!);
        Assert.Null(job["metrics"]!["importance"]);
        Assert.StartsWith("petal_", (string)job["importance"]!["columns"]![0]!["name"]!, StringComparison.Ordinal);
        var version = (await _wire.Get("models/leans/versions/1")).Json;
        Assert.Equal(job["importance"]!.ToJsonString(), version["metrics"]!["importance"]!.ToJsonString());
        var listed = (await _wire.Get("training-jobs?model=leans&fields=importance")).Json["items"]![0]!;
        Assert.Equal(15, (int)listed["importance"]!["rows"]!);
    }

    [Fact]
    public async Task A_job_that_does_not_ask_has_none()
    {
        var job = await Train("leans-not", false);

        Assert.Null(job["importance"]);
        Assert.False((bool)job["configuration"]!["importance"]!);
    }

    [Fact]
    public async Task What_is_measured_ends_when_nobody_waits_for_it()
    {
        await Train("leans-left", false);
        var model = service.Services.GetRequiredService<ModelStore>().Find("leans-left", null)!;
        var left = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(() =>
            service.Services.GetRequiredService<ModelImportance>().Run(model, new ImportanceRequest { Dataset = "leans-left" }, left));
        Assert.Throws<OperationCanceledException>(() =>
            service.Services.GetRequiredService<ModelEvaluation>().Run(model, new EvaluateRequest { Dataset = "leans-left" }, false, null, left));
    }

    [Theory]
    [InlineData("""{"dataset":"leans-bad","repeats":1}""", 400, "#/repeats")]
    [InlineData("""{"dataset":"leans-bad","repeats":1001}""", 400, "#/repeats")]
    [InlineData("""{"dataset":"leans-bad","seed":-1}""", 400, "#/seed")]
    [InlineData("""{"repeats":5}""", 400, "#/dataset")]
    [InlineData("""{"dataset":"leans-bat"}""", 404, "#/dataset")]
    [InlineData("""{"dataset":"leans-without"}""", 400, "#/target")]
    public async Task What_cannot_be_is_refused(string body, int status, string pointer)
    {
        await Train("leans-bad", false);
        await _wire.PostCsv("datasets?name=leans-without", "sepal_length,sepal_width,petal_length,petal_width\n5,3,1,1\n6,3,4,1\n");

        var answer = await _wire.Post("models/leans-bad/importance", body);

        Assert.Equal((HttpStatusCode)status, answer.Status);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task Without_a_test_part_a_job_is_warned()
    {
        await _wire.Upload("leans-all", "iris.csv");

        var answer = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"leans-all","target":"species","importance":true,"split":{"test":0,"validation":0.2}}""");

        Assert.Contains(answer.Json["warnings"]!.AsArray(), warning => ((string)warning!).StartsWith("importance is measured on the test part", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(4096, true)]
    public async Task Where_shuffling_takes_too_long_a_job_is_warned(int units, bool isWarned)
    {
        var numbers = new Random(1);
        var rows = Enumerable.Range(0, 200).Select(_ => string.Join(',', Enumerable.Range(0, 101).Select(_ => numbers.Next(1000))));
        await _wire.PostCsv("datasets?name=leans-wide", $"{string.Join(',', Enumerable.Range(0, 100).Select(i => $"x{i}"))},y\n{string.Join('\n', rows)}\n");

        var answer = await _wire.Post("training-jobs?validateOnly=true", $$"""
            {"dataset":"leans-wide","target":"y","task":"regression","importance":true,"network":{"layers":[{"type":"dense","units":{{units}} },{"type":"dense","units":{{units}} },{"type":"dense"}]} }
            """);

        Assert.Equal(isWarned, answer.Json["warnings"]!.AsArray().Any(warning => ((string)warning!).StartsWith("importance is left out", StringComparison.Ordinal)));
    }

    private async Task<JsonNode> Train(string name, bool importance)
    {
        await _wire.Upload(name, "iris.csv");
        return await _wire.Train($$"""
            {"dataset":"{{name}}","target":"species","model":"{{name}}","recipe":"fast","epochs":40,"seed":1{{(importance ? ""","importance":true""" : "")}} }
            """);
    }
}
