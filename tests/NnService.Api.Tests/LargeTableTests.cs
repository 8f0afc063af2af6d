using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Models;

namespace NnService.Api.Tests;

/// <summary>What a list of jobs leaves out of their metrics.</summary>
[Collection(SharedService.Name)]
public sealed class LargeTableTests(TestService service)
{
    private const int LargestListed = 20; // labels

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public async Task A_list_has_tables_of_few_labels_and_a_job_all(int labels, bool areListed)
    {
        var name = $"tables-of-{labels}";
        var job = await Train(name, labels);

        var listed = await Item($"training-jobs?model={name}");
        var asked = await Item($"training-jobs?model={name}&fields=metrics.test");

        foreach (var part in new[] { "train", "validation", "test" })
        {
            Assert.Equal((true, true), Tables(job["metrics"]![part]!));
            Assert.Equal((areListed, areListed), Tables(listed["metrics"]![part]!));
            Assert.Equal((double)job["metrics"]![part]!["accuracy"]!, (double)listed["metrics"]![part]!["accuracy"]!);
        }

        Assert.Equal((true, true), Tables(asked["metrics"]!["test"]!));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(21)]
    public async Task Lists_are_the_same_whether_a_row_has_a_summary_or_was_made_before_there_were_any(int labels)
    {
        var name = $"summaries-of-{labels}";
        var job = await Train(name, labels);
        var lists = await Lists(name);

        ForgetSummaries(name);

        Assert.Equal(lists, await Lists(name));
        Assert.Equal(job["metrics"]!["verdict"]!.ToJsonString(), JsonNode.Parse(lists[1])!["versions"]![0]!["metrics"]!["verdict"]!.ToJsonString());
    }

    [Fact]
    public async Task Lists_do_not_look_at_tables_that_they_leave_out()
    {
        const string Name = "not-looked-at";
        await Train(Name, LargestListed + 1);
        var lists = await Lists(Name);
        var (ofJob, ofVersion) = Metrics(Name);

        SetMetrics(Name, "no JSON", "no JSON");
        var again = await Lists(Name);
        SetMetrics(Name, ofJob, ofVersion);

        Assert.Equal(lists, again);
    }

    [Fact]
    public async Task A_model_from_weights_is_listed_without_metrics_in_both_ways()
    {
        const string Name = "no-metrics";
        await _wire.Post("models", $$"""{"name":"{{Name}}","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }""");
        var listed = (await _wire.Get($"models/{Name}")).Text;

        ForgetSummaries(Name);

        Assert.Contains("\"metrics\":null", listed, StringComparison.Ordinal);
        Assert.Equal(listed, (await _wire.Get($"models/{Name}")).Text);
    }

    private async Task<JsonNode> Train(string name, int labels)
    {
        await _wire.PostCsv($"datasets?name={name}", "x,kind\n" + string.Concat(Enumerable.Range(0, 10 * labels).Select(i => $"{i % labels},é{i % labels}\n")));
        return await _wire.Train($$"""{"dataset":"{{name}}","target":"kind","epochs":1,"recipe":"fast","importance":true,"model":"{{name}}"}""");
    }

    private async Task<string[]> Lists(string name)
    {
        string[] paths =
        [
            $"training-jobs?model={name}", $"models/{name}", $"training-jobs?model={name}&fields=metrics.test.accuracy,metrics.intervals,importance",
            $"training-jobs?model={name}&sort=-test.accuracy",
        ];
        var lists = new List<string>();
        foreach (var path in paths)
            lists.Add((await _wire.Get(path)).Text);
        return [.. lists];
    }

    private (string OfJob, string OfVersion) Metrics(string name)
    {
        using var db = service.Services.GetRequiredService<Database>().Read();
        return (db.TrainingJobs.Single(job => job.ModelName == name).Metrics!, ModelStore.Versions(db, name, null).Single().Metrics!);
    }

    private void ForgetSummaries(string name)
    {
        Write("UPDATE \"TrainingJobs\" SET \"Summary\" = NULL WHERE \"ModelName\" = {0}", name);
        Write("UPDATE \"ModelVersions\" SET \"Summary\" = NULL WHERE \"ModelNumber\" = (SELECT \"Number\" FROM \"Models\" WHERE \"Name\" = {0})", name);
    }

    private void SetMetrics(string name, string ofJob, string ofVersion)
    {
        Write("UPDATE \"TrainingJobs\" SET \"Metrics\" = {0} WHERE \"ModelName\" = {1}", ofJob, name);
        Write("UPDATE \"ModelVersions\" SET \"Metrics\" = {0} WHERE \"ModelNumber\" = (SELECT \"Number\" FROM \"Models\" WHERE \"Name\" = {1})", ofVersion, name);
    }

    private void Write(string sql, params object[] values) =>
        service.Services.GetRequiredService<Database>().Write(db => db.Database.ExecuteSqlRaw(sql, values));

    private async Task<JsonNode> Item(string path) => Assert.Single((await _wire.Get(path)).Json["items"]!.AsArray())!;

    private static (bool, bool) Tables(JsonNode part) => (part["confusionMatrix"] is not null, part["perClass"] is not null);
}
