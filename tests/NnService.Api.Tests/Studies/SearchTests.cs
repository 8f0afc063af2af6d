using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Studies;

/// <summary>Many jobs with drawn settings, and the best of them as a model.</summary>
public sealed class SearchTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    private static string Search(string name, string more = "", int trials = 6, int epochs = 20) => $$"""
        { "name": "{{name}}", "job": { "dataset": "iris", "target": "species", "epochs": {{epochs}} },
          "search": { "/optimizer/learningRate": {"logUniform": [1e-4, 1e-1]}, "/batchSize": {"choice": [8, 32]},
                      "/network/layers/0/units": {"integer": [4, 40]}, "/labelSmoothing": {"uniform": [0, 0.1]} },
          "trials": {{trials}}, "model": "{{name}}-best"{{more}} }
        """;

    [Fact]
    public async Task The_best_of_the_trials_becomes_the_model_and_each_trial_is_a_job()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var study = await wire.Run(Search("irises"));

        var trials = study["trials"]!.AsArray();
        Assert.Equal(6, trials.Count);
        Assert.Equal("validation/logLoss", (string?)study["configuration"]!["metric"]);
        var best = trials.MinBy(trial => (double)trial!["value"]!)!;
        Assert.Equal((int)best["number"]!, (int)study["best"]!["number"]!);
        Assert.Equal(6, trials.Select(trial => trial!["parameters"]!.ToJsonString()).Distinct().Count());
        for (var number = 0; number < 6; number++)
        {
            var trial = trials[number]!;
            var (drawn, job) = (trial["parameters"]!, (await wire.Get($"training-jobs/{trial["jobId"]}")).Json);
            Assert.Equal(((string)study["id"]!, number, "succeeded"), ((string?)job["study"], (int?)job["trial"], (string?)job["state"]));
            Assert.Equal((double)drawn["/optimizer/learningRate"]!, (double)job["configuration"]!["optimizer"]!["learningRate"]!);
            Assert.Equal((int)drawn["/batchSize"]!, (int)job["configuration"]!["batchSize"]!);
            Assert.Equal((int)drawn["/network/layers/0/units"]!, (int)job["configuration"]!["network"]!["layers"]![0]!["units"]!);
            Assert.Equal("cosine", (string?)job["configuration"]!["schedule"]!["type"]); // that of the optimizer which the recipe has chosen
            Assert.Equal((double)trial["value"]!, (double)job["metrics"]!["validation"]!["logLoss"]!);
            Assert.InRange((double)drawn["/optimizer/learningRate"]!, 1e-4, 1e-1);
            Assert.InRange((double)drawn["/labelSmoothing"]!, 0, 0.1);
        }

        Assert.Equal(("irises-best", 1), ((string?)study["model"]!["name"], (int)study["model"]!["version"]!));
        var model = (await wire.Get("models/irises-best/versions/1")).Json;
        Assert.Equal((string?)best["jobId"], (string?)model["lineage"]!["jobId"]);
        Assert.Equal(6, (await wire.Get("training-jobs?limit=50")).Json["items"]!.AsArray().Count);
        var csv = await wire.Get($"studies/{study["id"]}/trials", ("Accept", "text/csv"));
        Assert.StartsWith("number,jobId,state,value,epochs,/batchSize,/labelSmoothing,", csv.Text, StringComparison.Ordinal);
        Assert.Equal(8, csv.Text.Split("\r\n").Length);
        var page = (await wire.Get($"studies/{study["id"]}/trials?limit=4")).Json;
        var rest = (await wire.Get($"studies/{study["id"]}/trials?limit=4&cursor={page["nextCursor"]}")).Json;
        Assert.Equal([0, 1, 2, 3, 4, 5], page["items"]!.AsArray().Concat(rest["items"]!.AsArray()).Select(trial => (int)trial!["number"]!));
        Assert.Null(rest["nextCursor"]);
        var part = await wire.Get($"studies/{study["id"]}/trials?limit=1&cursor={page["nextCursor"]}", ("Accept", "text/csv"));
        Assert.Equal(["number", "4"], part.Text.TrimEnd().Split("\r\n").Select(line => line.Split(',')[0]));
    }

    [Theory]
    [InlineData("", """, "/network/layers/0/units":{"integer":[4,40]}""")]
    [InlineData(""", "network":{"layers":[{"type":"dense","units":4},{"type":"dense"}]}""", "")]
    public async Task A_search_for_a_recipe_of_a_named_network_is_refused(string network, string more)
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var answer = await wire.Post(
            "studies", $$"""{"job":{"dataset":"iris","target":"species"{{network}} },"search":{"/recipe":{"choice":["fast","best"]}{{more}} },"trials":2}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            ("#/search/~1recipe", "A recipe chooses the network and how it is trained, and a job that names its network is trained in the same way whatever recipe "
                + "says. Leave recipe out of search, or the network out of job and search."),
            ((string?)answer.Json["errors"]![0]!["pointer"], (string?)answer.Json["errors"]![0]!["detail"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","recipe":"best" """)]
    [InlineData(""","recipe":"best","batchSize":7,"earlyStopping":{"patience":3}""")]
    public async Task What_is_not_searched_of_a_network_is_as_in_a_single_job(string more)
    {
        var (wire, job) = (_service.Wire, $$"""{"dataset":"iris","target":"species"{{more}} }""");
        await wire.Upload("iris", "iris.csv");
        var single = (await wire.Post("training-jobs?validateOnly=true", job)).Json["configuration"]!;

        var id = await wire.Start($$"""{"job":{{job}},"search":{"/network/layers/0/units":{"integer":[4,40]} },"trials":1}""");

        var study = await wire.UntilAt($"studies/{id}", study => study["trials"]![0]!["jobId"] is not null);
        var trial = (await wire.Get($"training-jobs/{study["trials"]![0]!["jobId"]}")).Json["configuration"]!;
        await wire.Post($"studies/{id}/cancel", "");
        foreach (var member in (string[])["ensemble", "optimizer", "schedule", "batchSize", "epochs", "earlyStopping"])
            Assert.Equal((member, single[member]?.ToJsonString()), (member, trial[member]?.ToJsonString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""", "method": "successiveHalving", "eta": 2, "minEpochs": 3""")]
    public async Task The_same_study_gives_the_same_trials_and_winner_however_many_jobs_run_at_once(string method)
    {
        using var one = new TestService();
        await using var alone = one.With(jobs: 1);
        await using var three = _service.With(jobs: 3);
        var outcomes = new List<string>();
        foreach (var host in new[] { alone, three })
        {
            var wire = new Wire(host.CreateClient());
            await wire.Upload("iris", "iris.csv");
            outcomes.Add(StudyService.Outcome(await wire.Run(Search("first", method, trials: 8))));
            outcomes.Add(StudyService.Outcome(await wire.Run(Search("second", method, trials: 8))));
        }

        Assert.All(outcomes, outcome => Assert.Equal(outcomes[0], outcome));
    }

    [Fact]
    public async Task Validation_says_what_would_be_and_starts_nothing()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var would = await wire.Post("studies?validateOnly=true", Search("would"));

        Assert.Equal(HttpStatusCode.OK, would.Status);
        Assert.Equal((6, 6), (would.Json["trials"]!.AsArray().Count, (int)would.Json["jobs"]!));
        Assert.True((double)would.Json["seconds"]! > 0 && (long)would.Json["memoryBytes"]! > 0, would.Text);
        Assert.Equal("would-best", (string?)would.Json["configuration"]!["model"]);
        Assert.Empty((await wire.Get("studies")).Json["items"]!.AsArray());
        var study = await wire.Run(Search("would"));
        Assert.Equal(
            would.Json["trials"]!.AsArray().Select(trial => trial!["parameters"]!.ToJsonString()),
            study["trials"]!.AsArray().Select(trial => trial!["parameters"]!.ToJsonString()));
    }

    [Fact]
    public async Task Another_field_and_more_trials_leave_the_draws_of_the_others()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        var few = await wire.Run(Search("few", trials: 2, epochs: 2));
        var more = JsonNode.Parse(Search("more", trials: 3, epochs: 2))!;
        more["search"]!["/epochs"] = JsonNode.Parse("""{"integer": [1, 3]}""");

        var study = await wire.Run(more.ToJsonString());

        for (var trial = 0; trial < 2; trial++)
            foreach (var (field, value) in few["trials"]![trial]!["parameters"]!.AsObject())
                Assert.Equal(value!.ToJsonString(), study["trials"]![trial]!["parameters"]![field]!.ToJsonString());
    }

    [Fact]
    public async Task Successive_halving_gives_the_better_part_more_epochs()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var study = await wire.Run(Search("halved", """, "method": "successiveHalving", "eta": 3, "minEpochs": 2""", trials: 9, epochs: 30));

        var trials = study["trials"]!.AsArray();
        Assert.Equal([2, 2, 2, 2, 2, 2, 6, 6, 30], trials.Select(trial => (int)trial!["epochs"]!).Order());
        Assert.All(trials, trial => Assert.NotNull(trial!["value"]));
        Assert.Equal((int)trials.MinBy(trial => (double)trial!["value"]!)!["number"]!, (int)study["best"]!["number"]!);
        var stopped = (await wire.Get($"training-jobs/{trials.First(trial => (int)trial!["epochs"]! == 2)!["jobId"]}")).Json;
        Assert.Equal(("succeeded", "stopped"), ((string?)stopped["state"], (string?)stopped["stopReason"]));
        // What was held and went on is what was never held
        var longest = trials.Single(trial => (int)trial!["epochs"]! == 30)!;
        var job = (await wire.Get($"training-jobs/{longest["jobId"]}")).Json;
        var configuration = job["configuration"]!.DeepClone();
        configuration["model"] = "undisturbed";
        var whole = await wire.Train(configuration.ToJsonString());
        Assert.Equal(
            (string?)(await wire.Get("models/undisturbed/versions/1")).Json["sha256"],
            (string?)(await wire.Get($"models/halved.trials/versions/{job["model"]!["version"]}")).Json["sha256"]);
        Assert.Equal(whole["metrics"]!.ToJsonString(), job["metrics"]!.ToJsonString());
    }

    [Fact]
    public async Task A_trial_that_diverges_has_no_value_and_the_others_go_on()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var study = await wire.Run("""
            { "job": {"dataset": "iris", "target": "species", "epochs": 3, "optimizer": {"type": "sgd", "learningRate": 0.1}, "schedule": "constant"},
              "search": {"/optimizer/learningRate": {"choice": [0.1, 1e30]}}, "trials": 6, "model": "iris" }
            """);

        var trials = study["trials"]!.AsArray();
        var failed = trials.Where(trial => (string?)trial!["state"] == "failed").ToList();
        Assert.InRange(failed.Count, 1, 5);
        Assert.All(failed, trial => Assert.Contains("learning rate", (string)trial!["error"]!, StringComparison.Ordinal));
        Assert.Equal("succeeded", (string?)trials.Single(trial => (int)trial!["number"]! == (int)study["best"]!["number"]!)!["state"]);
    }

    [Fact]
    public async Task A_trial_whose_values_do_not_go_together_fails_by_itself()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var study = await wire.Run("""
            { "job": {"dataset": "iris", "target": "species", "epochs": 2},
              "search": {"/split/train": {"choice": [0.3, 0.7]}, "/split/validation": {"choice": [0.2, 0.6]}}, "trials": 12, "seed": 3, "keep": "none" }
            """);

        Assert.All(study["trials"]!.AsArray(), trial =>
        {
            var isTooMuch = (double)trial!["parameters"]!["/split/train"]! + (double)trial["parameters"]!["/split/validation"]! > 1;
            Assert.Equal(isTooMuch ? "failed" : "succeeded", (string?)trial["state"]);
            Assert.Equal(isTooMuch, trial["error"] is not null && ((string)trial["error"]!).Contains("more than 1", StringComparison.Ordinal));
            Assert.Equal(isTooMuch, trial["jobId"] is null);
        });
        Assert.Equal([false, true], study["trials"]!.AsArray().Select(trial => (string?)trial!["state"] == "failed").Distinct().Order());
        Assert.Null(study["model"]);
    }

    [Theory]
    [InlineData("""{"/optimizer/learningRat": {"logUniform": [0.001, 0.1]}}""", "#/search/~1optimizer~1learningRat", "Unknown property")]
    [InlineData("""{"/nothing": {"integer": [1, 2]}}""", "#/search/~1nothing", "Unknown property \"nothing\"")]
    [InlineData("""{"/network/layers/9/units": {"integer": [1, 2]}}""", "#/search/~1network~1layers~19~1units", "none \"9\"")]
    [InlineData("""{"/network/layers/00/units": {"integer": [1, 2]}}""", "#/search/~1network~1layers~100~1units", "none \"00\"")]
    [InlineData("""{"/batch~Size": {"integer": [1, 2]}}""", "#/search/~1batch~0Size", "no JSON pointer")]
    [InlineData("""{"/batchSize~": {"integer": [1, 2]}}""", "#/search/~1batchSize~0", "no JSON pointer")]
    [InlineData("""{"/network/layers/0/units": {"integer": [0, 2]}}""", "#/search/~1network~1layers~10~1units", "With 0: units is 0")]
    [InlineData("""{"batchSize": {"integer": [1, 2]}}""", "#/search/batchSize", "no JSON pointer")]
    [InlineData("""{"/target": {"choice": ["species"]}}""", "#/search/~1target", "cannot be searched")]
    [InlineData("""{"/batchSize": {"integer": [5, 5]}}""", "#/search/~1batchSize/integer", "low less than high")]
    [InlineData("""{"/labelSmoothing": {"uniform": [0.1, 0]}}""", "#/search/~1labelSmoothing/uniform", "low less than high")]
    [InlineData("""{"/labelSmoothing": {"uniform": [0, 1]}}""", "#/search/~1labelSmoothing", "With 1: labelSmoothing is 1")]
    [InlineData("""{"/optimizer/learningRate": {"logUniform": [0, 0.1]}}""", "#/search/~1optimizer~1learningRate/logUniform", "both above 0")]
    [InlineData("""{"/batchSize": {"integer": [1, 2], "choice": [3]}}""", "#/search/~1batchSize", "exactly one")]
    [InlineData("""{"/batchSize": {}}""", "#/search/~1batchSize", "exactly one")]
    [InlineData("""{"/batchSize": {"choice": []}}""", "#/search/~1batchSize/choice", "at least one value")]
    [InlineData("""{"/batchSize": {"choice": ["many"]}}""", "#/search/~1batchSize", "With \"many\"")]
    [InlineData("{}", "#/search", "1 to 100 fields")]
    public async Task A_search_that_cannot_be_is_refused(string search, string pointer, string detail) =>
        await IsRefused($$"""{"name":"none","job":{"dataset":"iris","target":"species"},"search":{{search}}}""", pointer, detail);

    [Theory]
    [InlineData("\"trials\": 1000000", "#/trials", "at most 1000")]
    [InlineData("\"trials\": 0", "#/trials", "at least 1")]
    [InlineData("\"folds\": 5", "#/folds", "for a cross-validation")]
    [InlineData("\"metric\": \"validation/luck\"", "#/metric", "no metric")]
    [InlineData("\"metric\": \"test/coverage\"", "#/metric", "no metric to choose by: it is to be near the level of the intervals, so neither high nor low is best. Known: train/")]
    [InlineData("\"metric\": \"validation/r2\"", "#/metric", "no metric of a multiclassClassification")]
    [InlineData("\"keep\": \"refit\"", "#/keep", "for a cross-validation")]
    [InlineData("\"eta\": 3", "#/eta", "successiveHalving")]
    [InlineData("\"method\": \"successiveHalving\", \"minEpochs\": 100000", "#/minEpochs", "less than the job's")]
    [InlineData("\"model\": \"No Name\"", "#/model", "is not a name")]
    [InlineData("\"model\": \"none.trials\"", "#/model", "deleted with the study")]
    [InlineData("\"maxSeconds\": 0", "#/maxSeconds", "greater than 0")]
    public async Task A_search_with_settings_that_cannot_be_is_refused(string setting, string pointer, string detail) =>
        await IsRefused($$"""{"name":"none","job":{"dataset":"iris","target":"species"},"search":{"/batchSize":{"choice":[8]} }, {{setting}} }""", pointer, detail);

    [Theory]
    [InlineData("""{"dataset":"none","target":"species"}""", "#/job/dataset")]
    [InlineData("""{"dataset":"iris","target":"nothing"}""", "#/job/target")]
    [InlineData("""{"dataset":"iris","target":"species","epochs":0}""", "#/job/epochs")]
    [InlineData("""{"dataset":"iris","target":"species","split":{"validation":0}}""", "#/job/split")]
    public async Task A_search_whose_job_cannot_be_is_refused_as_the_job_would(string job, string pointer) =>
        await IsRefused($$"""{"name":"none","job":{{job}},"search":{"/batchSize":{"choice":[8]} } }""", pointer, "");

    private async Task IsRefused(string body, string pointer, string detail)
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var answer = await wire.Post("studies", body);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        var error = answer.Json["errors"]!.AsArray().First(item => (string?)item!["pointer"] == pointer)!;
        Assert.Contains(detail, (string)error["detail"]!, StringComparison.Ordinal);
        Assert.Empty((await wire.Get("studies")).Json["items"]!.AsArray());
        Assert.Empty((await wire.Get("training-jobs")).Json["items"]!.AsArray());
    }
}
