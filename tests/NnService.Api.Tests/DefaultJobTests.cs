using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>What a job that names only dataset and target decides by itself, and what it warns of.</summary>
[Collection(SharedService.Name)]
public sealed class DefaultJobTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task Another_target_for_a_models_name_is_told_whatever_its_parameters_are()
    {
        await _wire.PostCsv("datasets?name=two-targets", "a,b,c\n1,2,3\n2,3,5\n3,4,7\n4,6,8\n");
        await _wire.Train("""{"dataset":"two-targets","target":"b","epochs":1,"model":"two-targets"}""");

        var other = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"two-targets","target":"c","model":"two-targets"}""");

        Assert.Contains(other.Json["warnings"]!.AsArray(), warning => ((string)warning!).StartsWith(
            "Version 1 of the model \"two-targets\" predicts b; this job makes the next version of it, which predicts c.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Validate_only_answers_with_the_whole_configuration_and_starts_nothing()
    {
        await _wire.Upload("default-digits", "digits.csv");

        var answer = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"default-digits","target":"digit"}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(["configuration", "parameterCount", "memoryBytes", "seconds", "warnings"], answer.Json.AsObject().Select(property => property.Key));
        var configuration = answer.Json["configuration"]!;
        Assert.Equal("multiclassClassification", (string?)configuration["task"]);
        Assert.Equal(64 - 3, configuration["features"]!.AsArray().Count); // three pixels are the same in every row
        Assert.Equal("standard", (string?)configuration["recipe"]);
        Assert.Equal(16, (int)configuration["network"]!["members"]!);
        Assert.Equal(["piecewiseLinear", "dense", "dropout", "dense", "dropout", "dense"], LayersOf(configuration));
        Assert.Equal("adamw", (string?)configuration["optimizer"]!["type"]);
        Assert.Equal("cosine", (string?)configuration["schedule"]!["type"]);
        Assert.Equal("stratified", (string?)configuration["split"]!["method"]);
        Assert.Equal("none", (string?)configuration["classWeights"]);
        Assert.Equal(32, (int)configuration["batchSize"]!);
        Assert.Equal(197, (int)configuration["epochs"]!); // 7,500 / √1,437
        Assert.Equal(49, (int)configuration["earlyStopping"]!["patience"]!);
        const int Embeddings = 61 * 50 * 4, First = (244 * 128) + 128 + (16 * 244), Second = (128 * 128) + 128, Last = 16 * ((128 * 10) + 10);
        Assert.Equal(Embeddings + First + Second + Last, (int)answer.Json["parameterCount"]!);
        Assert.InRange((long)answer.Json["memoryBytes"]!, 2_000_000, 20_000_000); // 1,797 rows of 64 numbers, and a small ensemble
        var longer = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"default-digits","target":"digit","epochs":20000}""");
        Assert.InRange((double)answer.Json["seconds"]!, 0.05, (double)longer.Json["seconds"]!); // a hundred times the epochs, whatever one takes
        Assert.Empty((await _wire.Get("training-jobs?dataset=default-digits")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_target_that_is_ignored_too_is_predicted_with_a_warning()
    {
        await _wire.PostCsv("datasets?name=ignored-target", "a,b\n1,2\n2,3\n3,4\n4,6\n");

        var answer = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"ignored-target","target":"b","ignore":["b"]}""");

        Assert.Contains("ignore names \"b\", which is the target: it is predicted all the same.", answer.Json["warnings"]!.AsArray().Select(warning => (string)warning!));
    }

    [Fact]
    public async Task Weights_behind_a_dropout_take_no_identifier_for_a_feature()
    {
        await _wire.PostCsv("datasets?name=behind-dropout", "id,a,b,y\n" + string.Concat(Enumerable.Range(1, 30).Select(row => $"{row},{row % 3},{row % 5},{row % 7}\n")));

        var answer = await _wire.Post("training-jobs?validateOnly=true", """
            {"dataset":"behind-dropout","target":"y","task":"regression",
             "network":{"layers":[{"type":"dropout","rate":0.1},{"type":"dense","units":1,"weights":[[1],[1]],"bias":[0]}]} }
            """);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(["a", "b"], answer.Json["configuration"]!["features"]!.AsArray().Select(feature => (string)feature!));
    }

    [Fact]
    public async Task The_recipe_fast_is_one_network()
    {
        await _wire.Upload("default-digits", "digits.csv");

        var answer = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"default-digits","target":"digit","recipe":"fast"}""");

        var configuration = answer.Json["configuration"]!;
        Assert.Equal("fast", (string?)configuration["recipe"]);
        Assert.Null(configuration["network"]!["members"]);
        Assert.Equal(["dense", "dropout", "dense", "dropout", "dense"], LayersOf(configuration));
        Assert.Equal(400, (int)configuration["epochs"]!);
        Assert.Equal(100, (int)configuration["earlyStopping"]!["patience"]!);
        Assert.Equal((61 * 128) + 128 + (128 * 64) + 64 + (64 * 10) + 10, (int)answer.Json["parameterCount"]!);
    }

    private static List<JsonNode> NetworksOf(JsonNode job) =>
        [job["configuration"]!["network"]!, .. job["configuration"]!["ensemble"]!.AsArray().Select(network => network!)];

    [Theory]
    [InlineData("fast")]
    [InlineData("standard")]
    public async Task A_recipe_grows_with_the_table(string recipe)
    {
        // 15,000 rows of three numbers and 26 classes: long, though the network has more parameters than half of them.
        var rows = Enumerable.Range(0, 15_000).Select(i => $"{i * 37 % 101},{i * 53 % 97}.5,{i * 7 % 89}.25,{(char)('a' + (i % 26))}\n");
        await _wire.PostCsv($"datasets?name=default-long-{recipe}", "a,b,c,kind\n" + string.Concat(rows));

        var answer = await _wire.Post(
            "training-jobs?validateOnly=true", $$"""{"dataset":"default-long-{{recipe}}","target":"kind","recipe":"{{recipe}}"}""");

        var configuration = answer.Json["configuration"]!;
        var dense = configuration["network"]!["layers"]!.AsArray().Where(layer => (string?)layer!["type"] == "dense");
        Assert.Equal([256, 128, 26], dense.Select(layer => (int)layer!["units"]!));
        Assert.Equal(
            recipe == "fast" ? ["dense", "layerNormalization", "dense", "dense"] : ["piecewiseLinear", "dense", "dropout", "dense", "dropout", "dense"],
            LayersOf(configuration));
        Assert.Equal(128, (int)configuration["batchSize"]!);
        Assert.Equal(recipe == "fast" ? 150 : 68, (int)configuration["epochs"]!); // 1,800,000 / 12,000 and 7,500 / √12,000
    }

    [Theory]
    [InlineData("amount", 0.001, 600)]
    [InlineData("kind", 0.0005, 300)]
    public async Task Of_few_rows_numbers_are_learnt_faster_and_longer_than_labels(string target, double rate, int epochs)
    {
        var rows = Enumerable.Range(0, 120).Select(row => FormattableString.Invariant($"{row * 37 % 101},{row * 17 % 89},{row * 1.37},{(row % 3 == 0 ? "u" : "v")}\n"));
        await _wire.PostCsv($"datasets?name=default-few-{target}", "a,b,amount,kind\n" + string.Concat(rows));

        var answer = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"default-few-{{target}}","target":"{{target}}"}""");

        var configuration = answer.Json["configuration"]!;
        Assert.Equal(rate, (double)configuration["optimizer"]!["learningRate"]!);
        Assert.Equal(0.01, (double)configuration["optimizer"]!["weightDecay"]!);
        Assert.Equal(epochs, (int)configuration["epochs"]!);
        Assert.Equal(epochs / 4, (int)configuration["earlyStopping"]!["patience"]!);
    }

    [Fact]
    public async Task A_recipe_that_is_not_there_is_refused_by_name()
    {
        await _wire.Upload("default-iris", "iris.csv");

        var other = await _wire.Post("training-jobs", """{"dataset":"default-iris","target":"species","recipe":"slow"}""");

        Assert.Equal(HttpStatusCode.BadRequest, other.Status);
        Assert.Equal("#/recipe", (string?)other.Json["errors"]![0]!["pointer"]);
        Assert.Equal("recipe is \"slow\"; expected one of \"fast\", \"standard\", \"best\".", (string?)other.Json["detail"]);
    }

    [Fact]
    public async Task The_recipe_best_is_several_networks_whose_configuration_trains_the_same_bits()
    {
        await _wire.Upload("default-diabetes", "diabetes.csv");
        await _wire.Upload("default-digits", "digits.csv");
        var numbers = (await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"default-digits","target":"digit","recipe":"best"}""")).Json;
        Assert.Equal(
            ["piecewiseLinear", "piecewiseLinear", "cosine", "piecewiseLinear", "periodic", "dense", "piecewiseLinear"],
            NetworksOf(numbers).Select(network => (string)network["layers"]![0]!["type"]!));
        var usual = (await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"default-digits","target":"digit"}""")).Json;
        var seconds = (double)usual["seconds"]!;
        for (var i = 0; i < 4; i++) // the quickest of some: it is measured, and a busy moment makes it long
            seconds = Math.Min(seconds, (double)(await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"default-digits","target":"digit"}""")).Json["seconds"]!);
        Assert.True((double)numbers["seconds"]! > 3 * seconds);
        Assert.Equal(usual["configuration"]!["network"]!.ToJsonString(), numbers["configuration"]!["network"]!.ToJsonString());

        var job = await _wire.Train("""{"dataset":"default-diabetes","target":"progression","recipe":"best","epochs":5,"seed":2,"model":"default-best-1"}""");
        Assert.Equal(4, NetworksOf(job).Count);
        Assert.Equal("best", (string?)job["configuration"]!["recipe"]);
        Assert.Equal([1, 1, 1, 1], job["metrics"]!["networks"]!.AsArray().Select(network => (int)network!["weight"]!)); // 35 rows do not say which is better
        var again = job["configuration"]!.DeepClone();
        again["model"] = "default-best-2";
        Assert.Equal(job["metrics"]!.ToJsonString(), (await _wire.Train(again.ToJsonString()))["metrics"]!.ToJsonString());
        (again["seed"], again["model"]) = (3, "default-best-3");
        Assert.NotEqual(job["metrics"]!.ToJsonString(), (await _wire.Train(again.ToJsonString()))["metrics"]!.ToJsonString());
    }

    [Fact]
    public async Task A_network_that_is_named_is_trained_as_one_network_is()
    {
        await _wire.Upload("default-iris", "iris.csv");
        const string Network = """{"dataset":"default-iris","target":"species","network":{"layers":[{"type":"dense"}]}""";

        var standard = (await _wire.Post("training-jobs?validateOnly=true", Network + "}")).Json["configuration"]!;
        var fast = (await _wire.Post("training-jobs?validateOnly=true", Network + ""","recipe":"fast"}""")).Json["configuration"]!;

        Assert.Equal("standard", (string?)standard["recipe"]);
        standard["recipe"] = "fast";
        Assert.Equal(fast.ToJsonString(), standard.ToJsonString());
    }

    [Theory]
    [InlineData("""{"dataset":"default-iris"}""", "#/target")]
    [InlineData("""{"dataset":"default-iris","target":"species","epochs":0}""", "#/epochs")]
    public async Task Validate_only_refuses_what_a_job_would_refuse(string body, string pointer)
    {
        await _wire.Upload("default-iris", "iris.csv");

        var answer = await _wire.Post("training-jobs?validateOnly=true", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.Equal("validateOnly=yes is neither true nor false.", (string?)(await _wire.Post("training-jobs?validateOnly=yes", body)).Json["detail"]);
    }

    [Fact]
    public async Task Extreme_imbalance_is_told_and_every_row_weighs_the_same()
    {
        var rows = Enumerable.Range(0, 1000).Select(i => $"{Number(i * 37 % 101)},{Number(i * 53 % 97)},{(i % 50 == 0 ? "fraud" : "fine")}\n");
        await _wire.PostCsv("datasets?name=default-fraud", "a,b,kind\n" + string.Concat(rows));

        var answer = await Validate("default-fraud", "kind");

        Assert.Equal("none", (string?)answer["configuration"]!["classWeights"]);
        Assert.Contains(
            "The classes are very unequal: 784 training rows of \"fine\", 16 of \"fraud\". Look at averagePrecision and balancedAccuracy rather than accuracy. "
            + "Every row weighs the same, so the answers are shares as in the table, and seldom more than half for a rare class: to find more of it, lower the "
            + "threshold of predict, or set classWeights to \"balanced\".",
            Warnings(answer));
        var asked = (await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"default-fraud","target":"kind","classWeights":"none"}""")).Json;
        Assert.Equal("none", (string?)asked["configuration"]!["classWeights"]);
        Assert.DoesNotContain(Warnings(asked), warning => warning.StartsWith("The classes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Amounts_with_a_heavy_tail_are_learnt_as_logarithms_and_the_configuration_says_so()
    {
        // A heavy tail, the same with a negative number in the last row, a flag that is rarely 1, and numbers that lie evenly.
        var rows = Enumerable.Range(0, 300).Select(i =>
        {
            var amount = Math.Round(Math.Exp(i * 37 % 101 / 12.0), 3);
            var (balance, flag, y) = (i == 299 ? -0.5 : amount, i % 60 == 0 ? 1 : 0, Math.Log(amount) + (i % 3));
            return $"{Number(amount)},{Number(balance)},{flag},{Number(i * 53 % 97)}.5,{Number(y)}\n";
        });
        await _wire.PostCsv("datasets?name=default-amounts", "amount,balance,flag,even,y\n" + string.Concat(rows));
        const string Job = """{"dataset":"default-amounts","target":"y","epochs":2,"model":"default-amounts-1"}""";

        var first = await _wire.Train(Job);

        var columns = first["configuration"]!["preprocessing"]!["columns"]!.AsObject();
        Assert.Equal(["amount"], columns.Select(column => column.Key));
        Assert.Equal("log1p", (string?)columns["amount"]!["transform"]);
        Assert.DoesNotContain(Warnings(first), warning => warning.Contains("amount", StringComparison.Ordinal));
        var configuration = first["configuration"]!.DeepClone();
        configuration["model"] = "default-amounts-2";
        Assert.Equal(first["metrics"]!.ToJsonString(), (await _wire.Train(configuration.ToJsonString()))["metrics"]!.ToJsonString());
        configuration["seed"] = 5;
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("training-jobs?validateOnly=true", configuration.ToJsonString())).Status);
        var asked = (await _wire.Post("training-jobs?validateOnly=true", Job.Replace("\"epochs\":2", "\"preprocessing\":{\"numeric\":\"standardize\"}"))).Json;
        Assert.Empty(asked["configuration"]!["preprocessing"]!["columns"]!.AsObject());
    }

    [Fact]
    public async Task A_feature_that_tells_the_target_almost_alone_is_named()
    {
        var rows = Enumerable.Range(0, 400).Select(
            i => $"{Number(i * 37 % 101)},{Number((i % 2 * 500) + (i * 7 % 13))},code{i % 2},{Number(i * i % 89)},{(i % 2 == 0 ? "in" : "out")},"
            + $"{Number(3 * (i * i % 89))}.5\n");
        await _wire.PostCsv("datasets?name=default-leak", "plain,number,category,half,side,amount\n" + string.Concat(rows));

        var sides = Warnings(await Validate("default-leak", "side")).Where(warning => warning.Contains("almost alone", StringComparison.Ordinal)).ToArray();
        var amounts = Warnings(await Validate("default-leak", "amount")).Where(warning => warning.Contains("almost alone", StringComparison.Ordinal)).ToArray();

        Assert.Equal(2, sides.Length);
        Assert.StartsWith("Column \"number\" predicts the target almost alone (accuracy 1.000).", sides[0], StringComparison.Ordinal);
        Assert.StartsWith("Column \"category\" predicts", sides[1], StringComparison.Ordinal);
        Assert.StartsWith("Column \"half\" predicts the target almost alone (R² ", Assert.Single(amounts), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Honest_features_are_not_called_leaks()
    {
        foreach (var (name, target) in new[] { ("iris", "species"), ("breast_cancer", "diagnosis"), ("diabetes", "progression") })
        {
            await _wire.Upload($"default-{name}", $"{name}.csv");
            Assert.DoesNotContain(Warnings(await Validate($"default-{name}", target)), warning => warning.Contains("almost alone", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Rows_that_stand_in_two_parts_small_classes_and_large_networks_are_named()
    {
        var rows = Enumerable.Range(0, 100).Select(i => $"{Number(i % 50)},{Number(i % 50 * 7 % 11)}.5,{(i < 4 ? "rare" : i % 2 == 0 ? "even" : "odd")}\n");
        await _wire.PostCsv("datasets?name=default-twice", "a,b,kind\n" + string.Concat(rows));

        var answer = (await _wire.Post("training-jobs?validateOnly=true", """
            {"dataset":"default-twice","target":"kind","split":{"train":0.5,"validation":0,"test":0.4,"method":"sequential"},
             "network":{"layers":[{"type":"dense","units":64,"activation":"relu"},{"type":"dense","activation":"softmax"}]}}
            """)).Json;

        var warnings = Warnings(answer);
        Assert.Contains("10 rows are in no part of the split and were not used.", warnings);
        Assert.Contains(warnings, warning =>
            warning.StartsWith("A class has fewer than 10 rows, too few to learn or to judge: \"rare\" (4).", StringComparison.Ordinal));
        Assert.Contains(warnings, warning =>
            warning.StartsWith("36 of the 40 rows kept for validation and test also stand in the training part", StringComparison.Ordinal));
        Assert.Contains(warnings, warning =>
            warning.StartsWith($"The network has {(int)answer["parameterCount"]!:N0} parameters for 50 training rows with 3 outputs each",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rows_without_target_are_left_out_and_counted()
    {
        var rows = Enumerable.Range(0, 100).Select(i => $"{Number(i % 13)},{Number(i % 7)},{(i % 10 == 0 ? "" : i % 2 == 0 ? "even" : "odd")}\n");
        await _wire.PostCsv("datasets?name=default-holes", "a,b,kind\n" + string.Concat(rows));

        Assert.Contains("10 of 100 rows have no target and were left out.", Warnings(await Validate("default-holes", "kind")));
    }

    [Fact]
    public async Task Dates_are_used_by_default_and_predicted_with()
    {
        var rows = Enumerable.Range(0, 200).Select(i => $"{new DateTime(2023, 1, 1).AddDays(i * 3):yyyy-MM-dd},{Number((i * 3 % 7) + (i * 31 % 5))}.5\n");
        await _wire.PostCsv("datasets?name=default-dates", "when,sales\n" + string.Concat(rows));

        var job = await _wire.Train("""{"dataset":"default-dates","target":"sales","epochs":3}""");

        Assert.Equal(["when"], job["configuration"]!["features"]!.AsArray().Select(name => (string)name!));
        var version = (await _wire.Get("models/default-dates/versions/1")).Json;
        Assert.Equal(["days", "year", "month", "day", "weekday"],
            version["preprocessing"]!["columns"]![0]!["dates"]!.AsArray().Select(part => (string)part!["kind"]!));
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("models/default-dates/predict", """{"rows":[{"when":"2025-07-04"}]}""")).Status);
        var refused = await _wire.Post("models/default-dates/predict", """{"rows":[{"when":"4 July"}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("#/rows/0/when", (string?)refused.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task Heavy_tails_are_learnt_behind_a_logarithm_on_request()
    {
        var rows = Enumerable.Range(0, 300).Select(i => $"{Number(Math.Pow(10, i % 6))},{Number(3 * Math.Pow(10, i % 6))}\n");
        await _wire.PostCsv("datasets?name=default-tails", "income,tax\n" + string.Concat(rows));

        var job = await _wire.Train("""
            {"dataset":"default-tails","target":"tax","task":"regression","features":["income"],"optimizer":{"type":"adam","learningRate":0.01},"epochs":100,
             "preprocessing":{"columns":{"income":{"transform":"log1p"}},"target":"log1p"}}
            """);

        var answer = (await _wire.Post("models/default-tails/predict", """{"rows":[[100],[100000]]}""")).Json["predictions"]!.AsArray();
        Assert.InRange((double)answer[0]!["value"]!, 200, 450);
        Assert.InRange((double)answer[1]!["value"]!, 200_000, 450_000);
        var again = await _wire.Train(job["configuration"]!.ToJsonString());
        Assert.Equal(job["metrics"]!.ToJsonString(), again["metrics"]!.ToJsonString());
    }

    [Fact]
    public async Task The_rows_of_a_group_stay_together()
    {
        var rows = Enumerable.Range(0, 120).Select(i => $"p{i / 6},{Number(i * 37 % 101)},{Number(i * 53 % 97)}.5\n");
        await _wire.PostCsv("datasets?name=default-groups", "person,a,y\n" + string.Concat(rows));

        var job = await _wire.Train("""{"dataset":"default-groups","target":"y","split":{"groupBy":"person"},"epochs":2}""");

        Assert.Equal(["a"], job["configuration"]!["features"]!.AsArray().Select(name => (string)name!)); // the group itself is no feature
        Assert.Equal("person", (string?)job["configuration"]!["split"]!["groupBy"]);
    }

    [Fact]
    public async Task A_part_that_its_groups_leave_empty_is_said()
    {
        var rows = Enumerable.Range(0, 120).Select(i => $"p{i % 2},{Number(i * 37 % 101)},{Number(i * 53 % 97)}.5\n");
        await _wire.PostCsv("datasets?name=default-two-groups", "person,a,y\n" + string.Concat(rows));

        var job = await _wire.Train("""{"dataset":"default-two-groups","target":"y","split":{"groupBy":"person"},"epochs":2}""");

        Assert.Contains(job["warnings"]!.AsArray(), warning => ((string)warning!).EndsWith(
            "part has no row, though split asks for 0.1 of them: the groups of \"person\" are too few to be divided among the parts.", StringComparison.Ordinal));
    }

    private async Task<JsonNode> Validate(string dataset, string target)
    {
        var answer = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{dataset}}","target":"{{target}}"}""");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    private static string[] LayersOf(JsonNode configuration) =>
        [.. configuration["network"]!["layers"]!.AsArray().Select(layer => (string)layer!["type"]!)];

    private static string[] Warnings(JsonNode answer) => [.. answer["warnings"]!.AsArray().Select(warning => (string)warning!)];

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
