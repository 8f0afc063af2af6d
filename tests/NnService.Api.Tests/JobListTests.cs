using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Lists of jobs in an order, page by page, and with only the members that are asked for.</summary>
public sealed class JobListTests(TestService service) : IClassFixture<TestService>, IAsyncLifetime
{
    private static readonly int[] Epochs = [3, 1, 60, 1, 8, 200, 30];

    private readonly Wire _wire = service.Wire;

    // Jobs of the same network, the longer the better; two are the same, and one has no metrics.
    public async Task InitializeAsync()
    {
        if ((await _wire.Get("training-jobs?model=listed")).Json["items"]!.AsArray().Count > 0)
            return;
        await _wire.Upload("listed-iris", "iris.csv");
        foreach (var epochs in Epochs)
            await _wire.Train($$"""
                {"dataset":"listed-iris","target":"species",
                 "network":{"layers":[{"type":"dense","units":4,"activation":"tanh"},{"type":"dense","activation":"softmax"}]},
                 "optimizer":{"type":"sgd","learningRate":0.01},"batchSize":8,"epochs":{{epochs}},"earlyStopping":{"patience":0},"model":"listed"}
                """);
        var endless = await _wire.Post("training-jobs", EndlessJob.Of("""{"dataset":"listed-iris","target":"species","model":"listed"}"""));
        await _wire.Post($"training-jobs/{endless.Json["id"]}/cancel", "");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("test.logLoss")]
    [InlineData("-test.logLoss")]
    [InlineData("validation.accuracy")]
    [InlineData("-train.macroF1")]
    [InlineData("trainLoss")]
    [InlineData("-validationLoss")]
    public async Task Pages_in_the_order_of_a_figure_fit_together_with_jobs_that_lack_it_last(string sort)
    {
        var jobs = await Pages("training-jobs?limit=500");
        var have = jobs.Where(job => Figure(job, sort) is not null);
        // Sorting is stable: of equals the newest first.
        var expected = (sort[0] == '-' ? have.OrderByDescending(job => Figure(job, sort)) : have.OrderBy(job => Figure(job, sort)))
            .Concat(jobs.Where(job => Figure(job, sort) is null)).ToList();

        Assert.Equal(Epochs.Length + 1, expected.Count);
        foreach (var limit in (int[])[500, 3, 1])
            foreach (var filter in (string[])["", "model=listed&", "state=succeeded&", "state=succeeded&dataset=listed-iris&", "state=cancelled&"])
            {
                var isByState = filter.StartsWith("state", StringComparison.Ordinal);
                Assert.Equal(
                    expected.Where(job => !isByState || filter.Contains((string)job["state"]!, StringComparison.Ordinal)).Select(Id),
                    (await Pages($"training-jobs?{filter}sort={sort}&limit={limit}")).Select(Id));
            }
        Assert.Empty(await Pages($"training-jobs?dataset=another&sort={sort}"));
    }

    [Fact]
    public async Task The_order_of_age_goes_both_ways()
    {
        var newest = (await Pages("training-jobs?model=listed&limit=500")).Select(Id).ToList();

        Assert.Equal(newest, (await Pages("training-jobs?model=listed&sort=-createdAt&limit=3")).Select(Id));
        Assert.Equal(Enumerable.Reverse(newest), (await Pages("training-jobs?model=listed&sort=createdAt&limit=3")).Select(Id));
    }

    [Fact]
    public async Task The_coverage_of_the_test_part_is_sorted_by_and_compared()
    {
        using var fresh = new TestService();
        var wire = fresh.Wire;
        await wire.Upload("covered", "iris.csv");
        var jobs = new List<JsonNode>();
        foreach (var seed in (int[])[1, 2, 3])
            jobs.Add(await wire.Train($$"""{"dataset":"covered","target":"species","recipe":"fast","epochs":3,"seed":{{seed}},"split":{"train":0.4,"validation":0.2,"test":0.4} }"""));
        var coverages = jobs.ConvertAll(job => (double)job["metrics"]!["test"]!["coverage"]!);

        var sorted = (await wire.Get("training-jobs?sort=-test.coverage&fields=metrics.test.coverage")).Json["items"]!.AsArray();
        var compared = (await wire.Post("training-jobs/compare", $$"""{"ids":[{{string.Join(',', jobs.Select(job => $"\"{job["id"]}\""))}}]}""")).Json;

        Assert.Equal(coverages.OrderDescending(), sorted.Select(job => (double)job!["metrics"]!["test"]!["coverage"]!));
        Assert.Equal(coverages, Wire.Numbers(compared["metrics"]!["test.coverage"]));
    }

    [Fact]
    public async Task Fields_show_just_what_is_asked_for()
    {
        const string Fields = "id,metrics.test.accuracy,metrics.test.logLoss,configuration.epochs,model";
        var listed = await Items($"state=succeeded&sort=-test.accuracy&fields={Fields}&limit=500");

        Assert.Equal(Epochs.Length, listed.Count);
        var one = (await _wire.Get($"training-jobs/{listed[0]!["id"]}")).Json;
        var (accuracy, logLoss) = (one["metrics"]!["test"]!["accuracy"]!.ToJsonString(), one["metrics"]!["test"]!["logLoss"]!.ToJsonString());
        Assert.Equal(["id", "metrics", "configuration", "model"], listed[0]!.AsObject().Select(member => member.Key));
        Assert.Equal($"{{\"test\":{{\"accuracy\":{accuracy},\"logLoss\":{logLoss}}}}}", listed[0]!["metrics"]!.ToJsonString());
        Assert.Equal($"{{\"epochs\":{one["configuration"]!["epochs"]}}}", listed[0]!["configuration"]!.ToJsonString());
        Assert.Equal(one["model"]!.ToJsonString(), listed[0]!["model"]!.ToJsonString());
        Assert.Equal(
            one["configuration"]!.ToJsonString(), (await Items("sort=-test.accuracy&fields=configuration&limit=1"))[0]!["configuration"]!.ToJsonString());
        Assert.Equal(
            """{"configuration":{"optimizer":{"type":"sgd","learningRate":null}}}""", // a number has no members
            (await Items("sort=-test.accuracy&fields=configuration.optimizer.type,configuration.optimizer.learningRate.x&limit=1"))[0]!.ToJsonString());
        Assert.Equal("""{"metrics":null}""", (await Items("state=cancelled&fields=metrics.test.accuracy"))[0]!.ToJsonString());
        Assert.NotNull((await Items("state=succeeded&fields=metrics.test,metrics&limit=1"))[0]!["metrics"]!["verdict"]);
    }

    [Theory]
    [InlineData("sort=test.acuracy", "\"test.acuracy\" is nothing to sort by. Known: createdAt, trainLoss, validationLoss, and train., validation., test.")]
    [InlineData("sort=accuracy", "before one of accuracy, balancedAccuracy, logLoss")]
    [InlineData("sort=train.coverage", ", and test.coverage; with - in front")]
    [InlineData("sort=--createdAt", "\"--createdAt\" is nothing to sort by")]
    [InlineData("sort=confusionMatrix", "nothing to sort by")]
    [InlineData("fields=id,acuracy", "There is no field \"acuracy\". Known: id, state")]
    [InlineData("fields=metrics.tset.accuracy", "There is no field \"metrics.tset.accuracy\". Known in metrics: train, validation, test")]
    [InlineData("fields=metrics.test.acuracy", "Known in metrics.test: accuracy, balancedAccuracy")]
    [InlineData("fields=configuration.epoch", "Known in configuration: network")]
    [InlineData("fields=id,", "There is no field \"\"")]
    [InlineData("fields=epoch.x", "\"epoch.x\" goes too deep: epoch is shown as a whole.")]
    [InlineData("fields=id,warnings.0", "\"warnings.0\" goes too deep: warnings is shown as a whole.")]
    [InlineData("fields=transitions.state", "\"transitions.state\" goes too deep: transitions is shown as a whole.")]
    [InlineData("fields=model.name.x", "\"model.name.x\" goes too deep: model.name is shown as a whole.")]
    [InlineData("fields=metrics.test.accuracy.x", "\"metrics.test.accuracy.x\" goes too deep: metrics.test.accuracy is shown as a whole.")]
    [InlineData("fields=metrics.test.perClass.0.f1", "goes too deep: metrics.test.perClass is shown as a whole.")]
    [InlineData("fields=metrics.importance", "Known in metrics: train, validation, test, intervals, baselines, verdict, notes, networks, temperature.")]
    [InlineData("fields=metrics.networks.0", "\"metrics.networks.0\" goes too deep: metrics.networks is shown as a whole.")]
    [InlineData("fields=metrics.verdict.x", "goes too deep: metrics.verdict is shown as a whole.")]
    [InlineData("fields=configuration.epochs.x", "\"configuration.epochs.x\" goes too deep: configuration.epochs is shown as a whole.")]
    [InlineData("fields=configuration.features.0", "goes too deep: configuration.features is shown as a whole.")]
    [InlineData("fields=configuration.task.x", "goes too deep: configuration.task is shown as a whole.")]
    [InlineData("fields=.epoch", "There is no field \".epoch\"")]
    [InlineData("fields=epoch.", "\"epoch.\" goes too deep")]
    [InlineData("sort=epoch", "\"epoch\" is nothing to sort by")]
    [InlineData("sort=test.accuracy.x", "\"test.accuracy.x\" is nothing to sort by")]
    [InlineData("sort=test", "\"test\" is nothing to sort by")]
    [InlineData("sort=trainLoss&sort=createdAt", "\"trainLoss,createdAt\" is nothing to sort by")]
    [InlineData("cursor=x", "\"x\" is not a cursor")]
    [InlineData("cursor=7&sort=test.accuracy", "with the same sort")]
    [InlineData("cursor=-test.accuracy~~7&sort=test.accuracy", "with the same sort")]
    [InlineData("cursor=test.accuracy~7ff0000000000000~7&sort=test.accuracy", "with the same sort")]
    [InlineData("createdBefore=yesterday", "createdBefore=yesterday is no time")]
    public async Task What_is_not_known_is_refused_with_what_is(string query, string detail)
    {
        var answer = await _wire.Get($"training-jobs?{query}");

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.ContentType));
        Assert.Contains(detail, (string)answer.Json["detail"]!, StringComparison.Ordinal);
    }

    private async Task<JsonArray> Items(string query) => (await _wire.Get($"training-jobs?model=listed&{query}")).Json["items"]!.AsArray();

    private async Task<List<JsonNode>> Pages(string path)
    {
        var all = new List<JsonNode>();
        for (var cursor = ""; ;)
        {
            var page = (await _wire.Get(path + (cursor.Length == 0 ? "" : $"&cursor={cursor}"))).Json;
            all.AddRange(page["items"]!.AsArray().Select(job => job!));
            if ((string?)page["nextCursor"] is not { } next)
                return all;
            cursor = next;
        }
    }

    private static double? Figure(JsonNode job, string sort)
    {
        var name = sort.TrimStart('-').Split('.');
        return (double?)(name.Length == 1 ? job[name[0]] : job["metrics"]?[name[0]]?[name[1]]);
    }

    private static string Id(JsonNode job) => (string)job["id"]!;
}
