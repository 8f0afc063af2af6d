using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Tests.OpenApi;

namespace NnService.Api.Tests.Studies;

/// <summary>Each row is tested by a model that has not seen it.</summary>
public sealed class CrossValidationTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Out_of_fold_figures_are_those_of_the_rows_as_predicted()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var study = await wire.Run("""
            {"name":"folds","kind":"crossValidation","job":{"dataset":"iris","target":"species","epochs":20},"folds":5,"repeats":2,"model":"refitted"}
            """);

        var (metrics, trials) = (study["metrics"]!, study["trials"]!.AsArray());
        Assert.Equal(10, trials.Count);
        Assert.Equal((3, 1), ((int)trials[8]!["parameters"]!["fold"]!, (int)trials[8]!["parameters"]!["repeat"]!));
        var values = Wire.Numbers(metrics["accuracy"]!["folds"]);
        Assert.Equal(10, values.Length);
        Assert.Equal(values.Average(), (double)metrics["accuracy"]!["mean"]!, 12);
        var deviation = Math.Sqrt(values.Sum(value => Math.Pow(value - values.Average(), 2)) / 9);
        Assert.Equal(deviation, (double)metrics["accuracy"]!["standardDeviation"]!, 12);
        // t of 9 degrees of freedom, which the service has to five digits, and 1/10 + 1/4 as Nadeau and Bengio correct it
        Assert.Equal(values.Average() - (2.2621571628 * deviation * Math.Sqrt(0.35)), (double)metrics["accuracy"]!["interval"]![0]!, 5);
        Assert.True((double)metrics["accuracy"]!["interval"]![1]! <= 1);

        var csv = await wire.Get($"studies/{study["id"]}/predictions");
        var lines = csv.Text.TrimEnd().Split("\r\n");
        Assert.Equal("text/csv", csv.ContentType);
        Assert.Equal("row,repeat,fold,actual,prediction,probability_setosa,probability_versicolor,probability_virginica", lines[0]);
        var cells = lines[1..].Select(line => line.Split(',')).ToList();
        Assert.Equal(Enumerable.Range(0, 300).Select(line => $"{line / 2} {line % 2}"), cells.Select(line => $"{line[0]} {line[1]}"));
        Assert.Equal(cells.Count(line => line[3] == line[4]) / 300.0, (double)metrics["outOfFold"]!["accuracy"]!, 12);
        Assert.Equal(values.Average(), (double)metrics["outOfFold"]!["accuracy"]!, 12); // folds of 30 rows each
        Assert.All(cells, line => Assert.Equal(1, line[5..].Sum(cell => double.Parse(cell, CultureInfo.InvariantCulture)), 1e-5));

        var document = await ApiDocument.Of(wire);
        Assert.Null(new SchemaRules(document).WhyNot(
            document.Operations.Single(operation => operation.Id == "getStudy"), "200", "application/json", (await wire.Get($"studies/{study["id"]}")).Text));

        Assert.Equal(("refitted", 1), ((string?)study["model"]?["name"], (int?)study["model"]?["version"]));
        var model = (await wire.Get("models/refitted/versions/1")).Json;
        var job = (await wire.Get($"training-jobs/{model["lineage"]!["jobId"]}")).Json;
        var split = job["configuration"]!["split"]!;
        Assert.Equal((1, 0, 0), ((int)split["train"]!, (int)split["validation"]!, (int)split["test"]!));
        Assert.Equal(((string)study["id"]!, null), ((string?)job["study"], (int?)job["trial"]));
    }

    [Theory]
    [InlineData("size", """ "network":{"layers":[{"type":"dense","activation":"sigmoid"}]} """)]
    [InlineData("x", """ "task":"regression","preprocessing":{"target":"none"},"network":{"layers":[{"type":"dense"}]} """)]
    public async Task Predictions_are_written_as_predict_writes_them(string target, string job)
    {
        var wire = _service.Wire;
        var rows = Enumerable.Range(0, 40).Select(row => $"{row},{row * row % 17},{(row % 3 == 0 ? "small" : "large")}");
        await wire.PostCsv("datasets?name=written", $"x,y,size\n{string.Join('\n', rows)}\n");

        var study = await wire.Run($$"""
            {"kind":"crossValidation","folds":2,"keep":"none","job":{"dataset":"written","target":"{{target}}","features":["y"],"epochs":3,{{job}} } }
            """);

        var lines = (await wire.Get($"studies/{study["id"]}/predictions")).Text.TrimEnd().Split("\r\n")[1..].Select(line => line.Split(',')).ToList();
        for (var fold = 0; fold < 2; fold++)
        {
            var model = (await wire.Get($"training-jobs/{study["trials"]![fold]!["jobId"]}")).Json["model"]!;
            string[][] own = [.. lines.Where(line => line[2] == $"{fold}")];
            var asked = "y\n" + string.Concat(own.Select(line => $"{int.Parse(line[0]) * int.Parse(line[0]) % 17}\n"));
            var predicted = (await wire.PostCsv($"models/{model["name"]}/versions/{model["version"]}/predict", asked, ("Accept", "text/csv"))).Text;
            Assert.Equal(predicted.TrimEnd().Split("\r\n")[1..].Select(line => line.Split(',')[1..]), own.Select(line => line[4..]));
        }
    }

    [Fact]
    public async Task Folds_keep_groups_together_and_a_fold_s_job_posted_again_is_the_same()
    {
        var wire = _service.Wire;
        var rows = Enumerable.Range(0, 120).Select(row => $"p{row % 24},{row % 7},{(row % 7 * 0.5) + (row % 3)}");
        await wire.PostCsv("datasets?name=people", $"person,x,y\n{string.Join('\n', rows)}\n");

        var study = await wire.Run("""
            {"kind":"crossValidation","job":{"dataset":"people","target":"y","features":["x"],"epochs":5,"split":{"groupBy":"person"}},"folds":4,"keep":"none"}
            """);

        var lines = (await wire.Get($"studies/{study["id"]}/predictions")).Text.TrimEnd().Split("\r\n");
        Assert.Equal("row,repeat,fold,actual,prediction", lines[0]);
        var folds = lines[1..].Select(line => line.Split(',')).Select(cells => (Person: int.Parse(cells[0]) % 24, Fold: cells[2])).Distinct().ToList();
        Assert.Equal(24, folds.Count);
        Assert.Equal([6, 6, 6, 6], folds.GroupBy(fold => fold.Fold).Select(fold => fold.Count()));
        Assert.Null(study["model"]);
        Assert.NotNull(study["metrics"]!["outOfFold"]!["rootMeanSquaredError"]);
        var job = (await wire.Get($"training-jobs/{study["trials"]![2]!["jobId"]}")).Json;
        var again = await wire.Train(job["configuration"]!.ToJsonString());
        Assert.Equal(job["metrics"]!.ToJsonString(), again["metrics"]!.ToJsonString());
    }

    [Fact]
    public async Task Folds_of_the_same_figure_have_no_interval()
    {
        var wire = _service.Wire;
        var rows = Enumerable.Range(0, 60).Select(row => row % 2 == 0 ? $"{row / 100.0},small" : $"{10 + (row / 100.0)},large");
        await wire.PostCsv("datasets?name=apart", $"x,size\n{string.Join('\n', rows)}\n");

        var study = await wire.Run("""
            {"kind":"crossValidation","folds":3,"keep":"none","job":{"dataset":"apart","target":"size","epochs":20,"batchSize":4,
             "network":{"layers":[{"type":"dense","activation":"sigmoid"}]},"optimizer":{"type":"adam","learningRate":0.1}} }
            """);

        var accuracy = study["metrics"]!["accuracy"]!;
        Assert.Equal([1, 1, 1], Wire.Numbers(accuracy["folds"]));
        Assert.Equal((1, 0), ((double)accuracy["mean"]!, (double)accuracy["standardDeviation"]!));
        Assert.Null(accuracy["interval"]);
        Assert.NotNull(study["metrics"]!["logLoss"]!["interval"]); // no two folds have the same
    }

    [Fact]
    public async Task Another_model_with_the_number_of_a_fold_s_that_was_deleted_is_not_taken_for_it()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        var study = await wire.Run("""{"name":"swapped","kind":"crossValidation","folds":2,"keep":"none","job":{"dataset":"iris","target":"species","epochs":3,"recipe":"fast"} }""");
        Assert.Equal(HttpStatusCode.OK, (await wire.Get($"studies/{study["id"]}/predictions")).Status);

        await wire.Delete("models/swapped.trials");
        for (var i = 0; i < 2; i++)
            await wire.Train("""{"dataset":"iris","target":"species","epochs":3,"recipe":"fast","model":"swapped.trials"}""");

        var answer = await wire.Get($"studies/{study["id"]}/predictions");
        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Contains("The model of fold 0, or the dataset, was deleted.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_dataset_with_the_name_of_the_one_that_was_deleted_is_not_taken_for_it()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        var study = await wire.Run("""{"kind":"crossValidation","folds":2,"keep":"none","job":{"dataset":"iris","target":"species","epochs":3,"recipe":"fast"} }""");
        var predictions = $"studies/{study["id"]}/predictions";
        var before = await wire.Get(predictions);
        var lines = Wire.Sample("iris.csv").TrimEnd().Split('\n');

        await wire.Delete("datasets/iris");
        await wire.PostCsv("datasets?name=iris", string.Join('\n', [lines[0], .. lines[1..].Reverse()]));
        var answer = await wire.Get(predictions);

        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Contains("The model of fold 0, or the dataset, was deleted.", answer.Text, StringComparison.Ordinal);
        await wire.Delete("datasets/iris");
        await wire.Upload("iris", "iris.csv");
        Assert.Equal(before.Text, (await wire.Get(predictions)).Text);
    }

    [Theory]
    [InlineData(true, "The model of fold 0, or the dataset, was deleted.")]
    [InlineData(false, "The test figures of fold 0 come out differently today, as where the dataset is read as another table.")]
    public async Task The_same_bytes_read_as_another_table_are_not_taken_for_the_dataset(bool isKnown, string why)
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        var study = await wire.Run(
            """{"name":"reread","kind":"crossValidation","folds":2,"keep":"none","job":{"dataset":"iris","target":"species","epochs":3,"recipe":"fast"} }""");
        var predictions = $"studies/{study["id"]}/predictions";
        var before = await wire.Get(predictions);
        if (!isKnown)
            foreach (var version in (int[])[1, 2])
            {
                var table = $"\"tableSha256\":\"{(await wire.Get($"models/reread.trials/versions/{version}/lineage")).Json["tableSha256"]}\",";
                _service.Services.GetRequiredService<Database>().Write(db => db.ModelVersions.ExecuteUpdate(
                    versions => versions.SetProperty(row => row.Lineage, row => row.Lineage.Replace(table, "")))); // as an older version has written it
            }

        await wire.Delete("datasets/iris");
        await wire.PostCsv("datasets?name=iris&missing=1.4|1.5|4.5", Wire.Sample("iris.csv"));
        var answer = await wire.Get(predictions);

        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Contains(why, answer.Text, StringComparison.Ordinal);
        await wire.Delete("datasets/iris");
        await wire.PostCsv("datasets?name=iris&delimiter=,&types=species:category", Wire.Sample("iris.csv")); // says what would be found
        Assert.Equal(before.Text, (await wire.Get(predictions)).Text);
    }

    // Each fold's least validation loss is at another epoch than the last.
    [Theory]
    [InlineData("""{"patience":0}""", 40, 40, 40)]
    [InlineData("""{"patience":40,"restoreBest":false}""", 40, 40, 40)]
    [InlineData("""{"patience":40}""", 29, 14, 22)]
    public async Task A_refit_takes_the_median_of_the_epochs_that_the_folds_models_are_of(string stopping, int first, int second, int refit)
    {
        var wire = _service.Wire;
        await wire.Upload("diabetes", "diabetes.csv");

        var study = await wire.Run($$"""
            {"name":"few","kind":"crossValidation","folds":2,"model":"refitted","job":{"dataset":"diabetes","target":"progression","epochs":40,"batchSize":32,
             "network":{"layers":[{"type":"dense","units":16,"activation":"relu"},{"type":"dense","units":1}]},
             "optimizer":{"type":"adam","learningRate":0.02},"schedule":"constant","split":{"validation":0.2},"earlyStopping":{{stopping}} } }
            """);

        foreach (var trial in study["trials"]!.AsArray())
            Assert.InRange((int)(await wire.Get($"training-jobs/{trial!["jobId"]}")).Json["bestEpoch"]!, 1, 39);
        var models = new[] { await wire.Get("models/few.trials/versions/1"), await wire.Get("models/few.trials/versions/2"), await wire.Get("models/refitted/versions/1") };
        Assert.Equal([first, second, refit], models.Select(model => (int)model.Json["lineage"]!["epoch"]!));
    }

    // Along half a cosine the first m of n epochs add up to Σ ½ (1 + cos π e / n), and k whole ones to (k + 1) / 2.
    [Fact]
    public async Task A_refit_learns_as_much_as_the_folds_models_where_the_rate_falls()
    {
        var wire = _service.Wire;
        await wire.Upload("diabetes", "diabetes.csv");

        await wire.Run("""
            {"name":"few","kind":"crossValidation","folds":2,"model":"refitted","job":{"dataset":"diabetes","target":"progression","epochs":100,"batchSize":32,
             "network":{"layers":[{"type":"dense","units":16,"activation":"relu"},{"type":"dense","units":1}]},
             "optimizer":{"type":"adam","learningRate":0.02},"schedule":"cosine","split":{"validation":0.2},"earlyStopping":{"patience":100} } }
            """);

        var epochs = new List<int>();
        foreach (var path in (string[])["few.trials/versions/1", "few.trials/versions/2", "refitted/versions/1"])
            epochs.Add((int)(await wire.Get($"models/{path}")).Json["lineage"]!["epoch"]!);
        var median = (epochs[0] + epochs[1] + 1) / 2;
        var learnt = Enumerable.Range(0, median).Sum(epoch => 0.5 * (1 + Math.Cos(Math.PI * epoch / 100)));
        Assert.InRange(median, 2, 60);
        Assert.Equal((int)Math.Ceiling((2 * learnt) - 1), epochs[2]);
    }

    // Of 600 rows 270 train in a fold, and from 500 on the recipe has another network and another rate.
    [Theory]
    [InlineData("standard", "")]
    [InlineData("best", "")]
    [InlineData("standard", ""","batchSize":50""")]
    public async Task A_refit_trains_the_network_of_the_folds_as_they_did(string recipe, string more)
    {
        var wire = _service.Wire;
        await wire.PostCsv("datasets?name=line", "x,y\n" + string.Concat(Enumerable.Range(0, 600).Select(row => $"{row % 37},{(row % 37 * 2) + (row % 5)}\n")));

        var study = await wire.Run($$"""
            {"name":"line","kind":"crossValidation","folds":2,"model":"refitted","job":{"dataset":"line","target":"y","task":"regression","features":["x"],
             "epochs":1,"recipe":"{{recipe}}"{{more}} } }
            """);

        var fold = (await wire.Get($"training-jobs/{study["trials"]![0]!["jobId"]}")).Json["configuration"]!;
        var refit = (await wire.Get("models/refitted/lineage")).Json["configuration"]!;
        foreach (var member in (string[])["network", "ensemble", "optimizer", "schedule", "batchSize"])
            Assert.Equal((member, fold[member]?.ToJsonString()), (member, refit[member]?.ToJsonString()));
    }

    [Fact]
    public async Task The_job_on_all_rows_is_among_what_is_left_to_do()
    {
        var wire = _service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        var id = await wire.Start($$"""
            {"kind":"crossValidation","folds":2,"model":"all",
             "job":{{EndlessJob.OnHeights("heights", "all")[..^1]}},"split":{"validation":0} } }
            """);
        await StopFold(0);
        await wire.UntilAt($"studies/{id}", study => (int)study["trials"]![1]!["epochs"]! > 0);
        var before = (await wire.Post("training-jobs", $$"""{{EndlessJob.OnHeights("heights", "before")[..^1]}},"priority":9}""")).Json["id"]; // the last one
        await StopFold(1);

        await wire.UntilAt("training-jobs?state=queued", jobs => jobs["items"]!.AsArray().Any(job => (string?)job!["study"] == id && job["trial"] is null));
        var study = (await wire.Get($"studies/{id}")).Json;

        Assert.Equal("running", (string?)study["state"]);
        Assert.Equal(2 / 3.0, (double)study["progress"]!, 12);
        Assert.True((double)study["etaSeconds"]! > 0);
        await wire.Post($"training-jobs/{before}/cancel", "");
        Assert.Equal(1, (double)(await wire.Ended(id))["progress"]!);

        async Task StopFold(int fold)
        {
            var study = await wire.UntilAt($"studies/{id}", study => (int)study["trials"]![fold]!["epochs"]! > 0);
            await wire.Post($"training-jobs/{study["trials"]![fold]!["jobId"]}/stop", "");
        }
    }

    [Theory]
    [InlineData("\"folds\": 51", "#/folds", "the smallest class")]
    [InlineData("\"folds\": 151", "#/folds", "There are 150 rows for 151 folds")]
    [InlineData("\"folds\": 1", "#/folds", "at least 2")]
    [InlineData("\"folds\": 10, \"repeats\": 200", "#/repeats", "at most 1,000")]
    [InlineData("\"trials\": 3", "#/trials", "for a search")]
    [InlineData("\"search\": {}", "#/search", "for a search")]
    [InlineData("\"keep\": \"best\"", "#/keep", "no best fold")]
    [InlineData("\"metric\": \"test/r2\"", "#/metric", "no metric of a multiclassClassification")]
    [InlineData("\"name\": \"folds\", \"model\": \"folds.trials\"", "#/model", "deleted with the study")]
    public async Task A_cross_validation_that_cannot_be_is_refused(string setting, string pointer, string detail) =>
        await IsRefused($$"""{"kind":"crossValidation","job":{"dataset":"iris","target":"species"}, {{setting}} }""", pointer, detail);

    [Theory]
    [InlineData("""{"test":0.2}""", "#/job/split/test", "chooses the test parts itself")]
    [InlineData("""{"testEvery":5}""", "#/job/split/testEvery", "chooses the test parts itself")]
    [InlineData("""{"validation":2}""", "#/job/split/validation", "at least 0 and at most 1")]
    [InlineData("""{"groupBy":"nobody"}""", "#/job/split/groupBy", "no column")]
    public async Task A_split_that_a_cross_validation_does_not_take_is_refused(string split, string pointer, string detail) =>
        await IsRefused($$"""{"kind":"crossValidation","job":{"dataset":"iris","target":"species","split":{{split}} } }""", pointer, detail);

    private async Task IsRefused(string body, string pointer, string detail)
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");

        var answer = await wire.Post("studies", body);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        var error = answer.Json["errors"]!.AsArray().FirstOrDefault(item => (string?)item!["pointer"] == pointer);
        Assert.True(error is not null, answer.Text);
        Assert.Contains(detail, (string)error["detail"]!, StringComparison.Ordinal);
        Assert.Empty((await wire.Get("studies")).Json["items"]!.AsArray());
    }
}
