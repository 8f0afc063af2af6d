namespace NnService.Api.Tests;

/// <summary>Real tables, uploaded as they are and trained with nothing but a target and a split.</summary>
[Collection(SharedService.Name)]
public sealed class RealInputTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("iris", "species", 0.93)]
    [InlineData("penguins", "species", 0.95)]
    [InlineData("digits", "digit", 0.93)]
    public async Task A_classifier_with_defaults_reaches_the_mark(string name, string target, double mark)
    {
        await _wire.Upload($"real-{name}", $"{name}.csv");

        var job = await _wire.Train($$"""{"dataset":"real-{{name}}","target":"{{target}}","split":{"testEvery":5} }""");

        Assert.InRange((double)job["metrics"]!["test"]!["accuracy"]!, mark, 1);
    }

    [Fact]
    public async Task A_regression_with_defaults_beats_the_mean_and_answers_in_its_own_units()
    {
        await _wire.Upload("real-diabetes", "diabetes.csv");

        var job = await _wire.Train("""{"dataset":"real-diabetes","target":"progression","split":{"testEvery":5}}""");

        Assert.Equal("regression", (string?)job["configuration"]!["task"]);
        Assert.InRange((double)job["metrics"]!["test"]!["r2"]!, 0.3, 1);
        var answer = await _wire.Post("models/real-diabetes/predict", """{"dataset":"real-diabetes"}""");
        var values = answer.Json["predictions"]!.AsArray().Select(prediction => (double)prediction!["value"]!).ToArray();
        Assert.Equal(442, values.Length);
        Assert.InRange(values.Average(), 120, 180); // progression runs from 25 to 346 with a mean of 152
    }

    [Fact]
    public async Task Penguins_keep_their_missing_cells_and_categories_all_the_way_to_a_prediction()
    {
        await _wire.Upload("real-penguins", "penguins.csv");

        var profile = (await _wire.Get("datasets/real-penguins")).Json;
        var sex = profile["columns"]!.AsArray().Single(column => (string?)column!["name"] == "sex")!;
        Assert.Equal("category", (string?)sex["type"]);
        Assert.Equal(11, (int)sex["missing"]!);
        Assert.Equal(["male", "female"], sex["categories"]!.AsArray().Select(category => (string)category!["value"]!));
        await _wire.Train("""{"dataset":"real-penguins","target":"species","split":{"testEvery":5},"model":"real-penguins-2"}""");

        var answer = await _wire.Post("models/real-penguins-2/predict", """
            {"rows":[{"island":"Biscoe","bill_length_mm":50.0,"bill_depth_mm":15.0,"flipper_length_mm":220,"body_mass_g":null,"sex":"unknown","year":2008}]}
            """);

        Assert.Equal("Gentoo", (string?)answer.Json["predictions"]![0]!["label"]);
        Assert.Equal(1.0, answer.Json["predictions"]![0]!["probabilities"]!.AsObject().Sum(share => (double)share.Value!), 1e-5);
        Assert.Contains("\"unknown\" was not seen in training", (string?)answer.Json["warnings"]![0]);
    }

    [Fact]
    public async Task A_job_posted_again_from_its_resolved_configuration_trains_the_same_bits()
    {
        await _wire.Upload("real-iris", "iris.csv");
        var first = await _wire.Train("""{"dataset":"real-iris","target":"species","seed":5,"model":"real-same"}""");

        var second = await _wire.Train(first["configuration"]!.ToJsonString());

        Assert.Equal(2, (int)second["model"]!["version"]!);
        Assert.Equal(first["configuration"]!.ToJsonString(), second["configuration"]!.ToJsonString());
        var versions = (await _wire.Get("models/real-same")).Json["versions"]!.AsArray();
        Assert.Equal((string)versions[0]!["sha256"]!, (string)versions[1]!["sha256"]!);
    }

    [Fact]
    public async Task What_was_left_out_is_named_in_warnings()
    {
        var rows = string.Concat(Enumerable.Range(0, 40).Select(i => $"{1000 + i},same,{i % 7},{(i % 2 == 0 ? "yes" : "no")}\n"));
        await _wire.PostCsv("datasets?name=real-dropped", "id,constant,x,answer\n" + rows);

        var job = await _wire.Train("""{"dataset":"real-dropped","target":"answer","epochs":2}""");

        Assert.Equal(["x"], job["configuration"]!["features"]!.AsArray().Select(name => (string)name!));
        var warnings = job["warnings"]!.AsArray().Select(warning => (string)warning!).ToArray();
        Assert.Contains(warnings, warning => warning.StartsWith("Column \"id\" was left out", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.StartsWith("Column \"constant\" was left out", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Many_columns_that_were_left_out_for_one_reason_have_one_sentence()
    {
        var names = string.Join(',', Enumerable.Range(0, 100).Select(i => $"c{i}"));
        var rows = string.Concat(Enumerable.Range(0, 40).Select(i => $"{1000 + i},{i % 7},{string.Join(',', Enumerable.Repeat(1, 100))},{(i % 2 == 0 ? "yes" : "no")}\n"));
        await _wire.PostCsv("datasets?name=real-constants", $"id,x,{names},answer\n" + rows);

        var warnings = (await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"real-constants","target":"answer"}""")).Json["warnings"]!.AsArray();

        Assert.Equal(
            ["Column \"id\" was left out: it is different in every row, as an identifier is. Name it in features to use it.",
             $"Columns {string.Join(", ", Enumerable.Range(0, 20).Select(i => $"\"c{i}\""))} and 80 more were left out: each is the same in every row. Name them in features to use them."],
            warnings.Select(warning => (string)warning!).Where(warning => warning.Contains("left out", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_number_that_is_taken_for_classes_is_named_in_a_warning()
    {
        await _wire.Upload("real-penguins", "penguins.csv");

        var job = await _wire.Train("""{"dataset":"real-penguins","target":"year","epochs":1,"model":"real-year"}""");

        Assert.Equal("multiclassClassification", (string?)job["configuration"]!["task"]);
        Assert.Contains("set task to regression", (string?)job["warnings"]![0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_targets_are_predicted_by_name()
    {
        var rows = string.Concat(Enumerable.Range(0, 60).Select(i => $"{i},{2 * i}.5,{100 - i}.5\n"));
        await _wire.PostCsv("datasets?name=real-several", "x,double,rest\n" + rows);
        await _wire.Train("""{"dataset":"real-several","target":["double","rest"],"features":["x"],"epochs":300"""
            + ""","optimizer":{"type":"adam","learningRate":0.01}}""");

        var answer = await _wire.Post("models/real-several/predict", """{"rows":[[30]]}""");

        var values = answer.Json["predictions"]![0]!["values"]!;
        Assert.Equal(60.5, (double)values["double"]!, 3.0);
        Assert.Equal(70.5, (double)values["rest"]!, 3.0);
    }

    [Fact]
    public async Task Float32_answers_print_in_their_shortest_form()
    {
        await _wire.Post("models", """{"name":"real-short","network":{"layers":[{"type":"dense","weights":[[0.1]],"bias":[0]}]}}""");

        var answer = await _wire.Post("models/real-short/predict", """{"rows":[[1]]}""");

        Assert.Equal("""{"model":"real-short","version":1,"predictions":[{"value":0.1}]}""", answer.Text);
    }
}
