using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>What a list of jobs leaves out of their metrics.</summary>
[Collection(SharedService.Name)]
public sealed class LargeTableTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public async Task A_list_has_tables_of_few_labels_and_a_job_all(int labels, bool areListed)
    {
        var name = $"tables-of-{labels}";
        await _wire.PostCsv($"datasets?name={name}", "x,kind\n" + string.Concat(Enumerable.Range(0, 10 * labels).Select(i => $"{i % labels},k{i % labels}\n")));
        var job = await _wire.Train($$"""{"dataset":"{{name}}","target":"kind","epochs":1,"recipe":"fast","model":"{{name}}"}""");

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

    private async Task<JsonNode> Item(string path) => Assert.Single((await _wire.Get(path)).Json["items"]!.AsArray())!;

    private static (bool, bool) Tables(JsonNode part) => (part["confusionMatrix"] is not null, part["perClass"] is not null);
}
