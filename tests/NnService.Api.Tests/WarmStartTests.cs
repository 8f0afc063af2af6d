using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>
/// A training that starts from a model goes on with what the model has learnt: its columns, categories, labels and targets are matched by name and mean what
/// they meant to it.
/// With a learning rate of next to nothing the new model must answer as the old one does; what cannot be matched is refused by name.
/// </summary>
public sealed class WarmStartTests(TestService service) : IClassFixture<TestService>
{
    private const double Unmoved = 1e-6; // what one epoch at a rate of 1e-12 may change in float64
    private const string Network = """ "network":{"layers":[{"type":"dense","units":5,"activation":"tanh"},{"type":"dense"}]} """;
    private const string BatchNorm = """ "network":{"layers":[{"type":"batchNormalization"},{"type":"dense","units":5,"activation":"tanh"},"""
        + """{"type":"batchNormalization"},{"type":"dense"}]} """;

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData(Network)]
    [InlineData(BatchNorm)]
    public async Task Columns_in_another_order_are_found_by_their_names(string network)
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,c,y", i => $"{P(i)},{Q(i)},{"uvw"[i % 3]},{Y(i)}");
        await Upload(other, "c,q,p,y", i => $"{"uvw"[i % 3]},{Q(i)},{P(i)},{Y(i)}");
        var model = await Train(table, "y", network);

        // Running statistics move at any rate
        var job = await GoOn(other, "y", model, network.Replace("\"batchNormalization\"", "\"batchNormalization\",\"momentum\":0", StringComparison.Ordinal));

        await AssertSame(model, job, """{"p":5,"q":3,"c":"w"}""");
        Assert.Equal("""["p","q","c"]""", job["configuration"]!["features"]!.ToJsonString());
        Assert.Contains($"The features stand in the order of model \"{model}\", version 1: p, q, c.", Warnings(job));
    }

    [Fact]
    public async Task Rows_to_be_measured_by_that_the_model_has_learnt_are_counted()
    {
        var table = Name();
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network);

        var same = await Warned(table, model, "");
        var other = await Warned(table, model, ""","seed":77""");
        var folds = (await _wire.Post("studies?validateOnly=true",
            $$"""{"kind":"crossValidation","folds":3,"job":{"dataset":"{{table}}","target":"y","initialModel":{"name":"{{model}}"} } }""")).Json["warnings"]!.ToJsonString();
        var moved = (string)(await _wire.Train($$"""{"dataset":"{{table}}","target":"y","initialModel":{"name":"{{model}}"},"epochs":1,"seed":77}"""))["model"]!["name"]!;
        var twice = await Warned(table, moved, ""","seed":77""");

        Assert.DoesNotContain("has learnt", same, StringComparison.Ordinal);
        Assert.Matches("was trained on the same data, and has learnt [1-9][0-9]* of the [0-9]+ rows of the validation part and [1-9][0-9]* of the [0-9]+ rows of the test part", other);
        Assert.Contains("rows of the test part", folds, StringComparison.Ordinal);
        Assert.Contains("may have learnt rows of the validation part and of the test part", twice, StringComparison.Ordinal);
    }

    private async Task<string> Warned(string table, string model, string more) => (await _wire.Post("training-jobs?validateOnly=true",
        $$"""{"dataset":"{{table}}","target":"y","initialModel":{"name":"{{model}}"}{{more}} }""")).Json["warnings"]!.ToJsonString();

    [Fact]
    public async Task An_order_that_was_asked_for_gives_way_to_the_models_and_is_said()
    {
        var table = Name();
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network);

        var job = await GoOn(table, "y", model, Network + ""","features":["q","p"]""");

        await AssertSame(model, job, """{"p":5,"q":3}""");
        Assert.Contains($"The features stand in the order of model \"{model}\", version 1: p, q.", Warnings(job));
    }

    [Fact]
    public async Task Other_names_are_refused_and_named()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        await Upload(other, "p,v,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network);

        var lacking = await Post(other, "y", model, Network);
        var more = await Post(other, "y", model, Network + ""","features":["p","v"]""");
        var target = await Post(table, "q", model, Network);

        AssertRefused(lacking, "#/initialModel", $"Model \"{model}\", version 1, predicts from q, which the job does not have. Weights belong to "
            + "columns by name: call the columns as the model does, or leave initialModel out.");
        AssertRefused(more, "#/initialModel", $"Model \"{model}\", version 1, predicts from q, which the job does not have, and has no input for v. "
            + "Weights belong to columns by name: call the columns as the model does, or leave initialModel out.");
        AssertRefused(target, "#/initialModel", $"Model \"{model}\", version 1, predicts y; the target of the job is q. Name the same target, or "
            + "leave initialModel out.");
    }

    [Fact]
    public async Task Layers_that_exchange_their_biases_are_refused()
    {
        static string Biased(string first, string second) => $$""" "network":{"layers":[{"type":"dense","units":4,"useBias":{{first}}},"""
            + $$"""{"type":"dense","units":4,"useBias":{{second}}},{"type":"dense"}]} """;
        var table = Name();
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Biased("true", "false"));

        AssertRefused(
            await Post(table, "y", model, Biased("false", "true")), "#/initialModel",
            "The model's layer 0 is dense (weights 2×4, bias 4), the network's is dense (weights 2×4); a warm start needs the same layers.");
    }

    [Fact]
    public async Task A_target_without_a_logarithm_is_refused_where_the_model_has_learnt_one()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{(i * i % 7) + 1}.5");
        await Upload(other, "p,q,y", i => $"{P(i)},{Q(i)},{(i % 7) - 4}.5");
        var model = await Train(table, "y", Network + ""","task":"regression","preprocessing":{"target":"log1p"}""");

        var refused = await Post(other, "y", model, Network);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("log1p", (string?)refused.Json["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_without_a_transform_keeps_the_models_scaling()
    {
        var table = Name();
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network + ""","preprocessing":{"columns":{"p":{"numeric":"robustClip"}}}""");

        var job = await GoOn(table, "y", model, Network + ""","preprocessing":{"columns":{"p":{"transform":"none"}}}""");

        await AssertSame(model, job, """{"p":5,"q":3}""");
        Assert.Equal("robustClip", (string?)job["configuration"]!["preprocessing"]!["columns"]!["p"]!["numeric"]);
    }

    [Fact]
    public async Task Columns_that_the_model_does_not_read_are_left_out()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        await Upload(other, "new,q,p,y", i => $"{i % 4},{Q(i)},{P(i)},{Y(i)}");
        var model = await Train(table, "y", Network);

        var job = await GoOn(other, "y", model, Network);

        await AssertSame(model, job, """{"p":5,"q":3}""");
    }

    [Fact]
    public async Task Labels_the_model_does_not_know_are_refused_and_named()
    {
        var (table, renamed, fewer) = (Name(), Name(), Name());
        await Upload(table, "p,q,kind", i => $"{P(i)},{Q(i)},{"abc"[i % 3]}");
        await Upload(renamed, "p,q,kind", i => $"{P(i)},{Q(i)},{"abd"[i % 3]}");
        await Upload(fewer, "p,q,kind", i => $"{P(i)},{Q(i)},{"ac"[i % 2]}");
        const string Softmax = """ "network":{"layers":[{"type":"dense","units":5,"activation":"tanh"},{"type":"dense","activation":"softmax"}]} """;
        var model = await Train(table, "kind", Softmax);

        AssertRefused(
            await Post(renamed, "kind", model, Softmax), "#/initialModel",
            $"Model \"{model}\", version 1, knows the labels a, b, c; column \"kind\" holds d too. Name the labels as the model does, or leave "
                + "initialModel out.");
        var job = await GoOn(fewer, "kind", model, Softmax);
        await AssertSame(model, job, """{"p":5,"q":3}""");
    }

    [Fact]
    public async Task The_positive_label_is_the_models()
    {
        var table = Name();
        await Upload(table, "p,q,kind", i => $"{P(i)},{Q(i)},{"ab"[i % 2]}");
        const string Sigmoid = """ "network":{"layers":[{"type":"dense","units":1,"activation":"sigmoid"}]} """;
        var model = await Train(table, "kind", Sigmoid + ""","positiveLabel":"a" """);

        var job = await GoOn(table, "kind", model, Sigmoid);

        await AssertSame(model, job, """{"p":5,"q":3}""");
        Assert.Equal("a", (string?)job["configuration"]!["positiveLabel"]);
        AssertRefused(
            await Post(table, "kind", model, Sigmoid + ""","positiveLabel":"b" """), "#/positiveLabel",
            $"Model \"{model}\", version 1, gives the probability of \"a\"; positiveLabel is \"b\". Leave positiveLabel out, or initialModel.");
    }

    [Fact]
    public async Task Another_task_is_refused()
    {
        var table = Name();
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{i % 4}");
        var model = await Train(table, "y", Network + ""","task":"regression" """);

        var taken = await GoOn(table, "y", model, Network); // four whole numbers would be taken for classes otherwise

        Assert.Equal("regression", (string?)taken["configuration"]!["task"]);
        AssertRefused(
            await Post(table, "y", model, ""","task":"multiclassClassification" """[1..]), "#/initialModel",
            $"Model \"{model}\", version 1, is for regression; the task is multiclassClassification. Leave task out, or initialModel.");
    }

    [Fact]
    public async Task Inputs_and_targets_are_scaled_as_the_model_learnt_them()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        await Upload(other, "p,q,y", i => $"{P(i) + 100},{3 * Q(i)},{(5 * Y(i)) - 1000}");
        var model = await Train(table, "y", Network);

        var job = await GoOn(other, "y", model, Network);

        await AssertSame(model, job, """{"p":5,"q":3}""");
        Assert.Contains(
            $"Inputs and target are encoded as model \"{model}\", version 1, has learnt it, not by this table's own figures: p, q, y.", Warnings(job));
        var same = await GoOn(table, "y", model, Network);
        Assert.DoesNotContain(Warnings(same), warning => warning.StartsWith("Inputs and target", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_scaling_that_was_asked_for_and_is_not_the_models_is_refused()
    {
        var table = Name();
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network + ""","preprocessing":{"columns":{"p":{"shift":1,"scale":4}}} """);

        var job = await GoOn(table, "y", model, Network + ""","preprocessing":{"columns":{"p":{"shift":1,"scale":4}}} """);

        await AssertSame(model, job, """{"p":5,"q":3}""");
        AssertRefused(
            await Post(table, "y", model, Network + ""","preprocessing":{"columns":{"p":{"shift":2,"scale":4}}} """), "#/preprocessing/columns/p",
            $"Model \"{model}\", version 1, scales \"p\" otherwise (shift 1, scale 4). Leave this scaling out, or initialModel.");
    }

    [Fact]
    public async Task Categories_dates_and_missing_cells_keep_their_inputs()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,c,day,y",
            i => $"{(i % 9 == 0 ? "" : P(i).ToString(CultureInfo.InvariantCulture))},{"uvw"[i % 3]},2024-0{1 + (i % 9)}-1{i % 7},{Y(i)}");
        await Upload(other, "day,p,c,y", i => $"2025-0{1 + (i % 8)}-0{1 + (i % 6)},{P(i)},{"ux"[i % 2]},{Y(i)}");
        var model = await Train(table, "y", Network);

        var job = await GoOn(other, "y", model, Network);

        foreach (var row in new[] { """{"p":5,"c":"v","day":"2024-05-05"}""",
            """{"p":null,"c":"u","day":"2025-01-01"}""", """{"p":1,"c":"w","day":"2023-12-31"}""" })
            await AssertSame(model, job, row);
        Assert.Contains($"Column \"c\" holds 1 category that model \"{model}\", version 1, has no input for: x. Rows with it are "
            + "encoded as zeros.", Warnings(job));
    }

    [Fact]
    public async Task Numbers_where_the_model_has_learnt_words_are_named()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,c,y", i => $"{P(i)},{"uvw"[i % 3]},{Y(i)}");
        await Upload(other, "p,c,y", i => $"{P(i)},{i % 3},{Y(i)}");
        var model = await Train(table, "y", Network);

        var job = await GoOn(other, "y", model, Network);

        Assert.Contains($"Column \"c\" holds numbers, and model \"{model}\", version 1, has learnt words there: u, v, w. "
            + "Rows with none of them are encoded as zeros.", Warnings(job));
    }

    [Theory]
    [InlineData("&missing=-999")]
    [InlineData("")]
    public async Task Numbers_that_stand_for_missing_cells_go_on_to_do_so(string notation)
    {
        var (table, other) = (Name(), Name());
        await Upload(table + "&missing=-999", "p,q,y", i => $"{(i % 6 == 0 ? -999 : P(i))},{Q(i)},{Y(i)}");
        await Upload(other + notation, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network);

        var job = await GoOn(other, "y", model, Network);

        await AssertSame(model, job, """{"p":-999,"q":3}""");
    }

    // Of a running mean there is no point at the start, and early stopping looks at it all the same.
    [Theory]
    [InlineData("exact", 0)]
    [InlineData("running", 1)]
    public async Task A_training_that_only_makes_the_model_worse_keeps_it(string historyLoss, int firstPoint)
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network);

        var job = await _wire.Train($$"""
            {"dataset":"{{table}}","target":"y","epochs":3,"precision":"float64","optimizer":{"type":"adam","learningRate":100},"historyLoss":"{{historyLoss}}",
             "initialModel":{"name":"{{model}}"},"model":"{{other}}",{{Network}} }
            """);

        Assert.Equal(0, (int)job["bestEpoch"]!);
        await AssertSame(model, job, """{"p":5,"q":3}""");
        Assert.Equal(firstPoint, (int)(await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]![0]!["epoch"]!);
    }

    [Fact]
    public async Task A_column_that_did_not_vary_is_scaled_as_the_model_does_whatever_is_asked_of_it()
    {
        const string Scaled = Network + ""","preprocessing":{"columns":{"q":{"numeric":"standardize"}}}""";
        var table = Name();
        await Upload(table, "p,q,y", i => $"{P(i)},7,{Y(i)}");
        var model = await Train(table, "y", Scaled + ""","features":["p","q"]""");

        var job = await GoOn(table, "y", model, Scaled);

        await AssertSame(model, job, """{"p":5,"q":2000}""");
        Assert.DoesNotContain(Warnings(job), warning => warning.Contains("encoded as", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Missing_cells_that_the_model_never_saw_are_named()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        await Upload(other, "p,q,y", i => $"{P(i)},{(i % 9 == 0 ? "" : Q(i).ToString(CultureInfo.InvariantCulture))},{Y(i)}");
        var model = await Train(table, "y", Network);

        var job = await GoOn(other, "y", model, Network);

        await AssertSame(model, job, """{"p":5,"q":3}""");
        Assert.Contains(Warnings(job), warning => warning.StartsWith($"Column \"q\" has missing cells, and model \"{model}\", version 1, has no input "
            + "that says so", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("p,q,y", "red", "3", "\"p\" must hold numbers, as in training; this table's holds text, such as \"red\" in row ")]
    [InlineData("p,q,y", "1e300", "3", "1E+300 is too large to compute with.")]
    public async Task Cells_the_models_encoding_cannot_take_are_refused_before_the_job_is_queued(string header, string p, string q, string why)
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        await Upload(other, header, i => i % 2 == 0 ? $"{p},{q},{Y(i)}" : $"{p},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network);

        var answer = await Post(other, "y", model, Network, precision: "float32");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/initialModel", (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.Contains(why, (string?)answer.Json["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_targets_are_found_by_name()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,a,b", i => $"{P(i)},{Q(i)},{Y(i)},{(2 * P(i)) - 700.5}");
        await Upload(other, "p,q,b,a", i => $"{P(i)},{Q(i)},{(2 * P(i)) - 700.5},{Y(i)}");
        var model = await Train(table, "a", Network, """["a","b"]""");

        var job = await GoOn(other, "b", model, Network, """["b","a"]""");

        await AssertSame(model, job, """{"p":5,"q":3}""");
    }

    [Fact]
    public async Task A_model_of_given_weights_is_matched_by_name_too()
    {
        var (table, model) = (Name(), Name());
        await Upload(table, "q,p,y", i => $"{Q(i)},{P(i)},{Y(i)}");
        await _wire.Post("models", $$"""{"name":"{{model}}","precision":"float64","features":["p","q"]"""
            + $$""","target":"y","network":{"layers":[{"type":"dense","weights":[[10],[1]],"bias":[0]}]} }""");

        var job = await GoOn(table, "y", model, """ "network":{"layers":[{"type":"dense"}]} """);

        await AssertSame(model, job, """{"p":5,"q":3}""");
        var unnamed = Name();
        await _wire.Post("models",
            $$"""{"name":"{{unnamed}}","precision":"float64","network":{"layers":[{"type":"dense","weights":[[10],[1]],"bias":[0]}]} }""");
        AssertRefused(
            await Post(table, "y", unnamed, """ "network":{"layers":[{"type":"dense"}]} """), "#/initialModel",
            $"Model \"{unnamed}\", version 1, predicts from x1, x2, which the job does not have. Weights belong to columns by name: call the columns "
                + "as the model does, or leave initialModel out.");
    }

    [Fact]
    public async Task A_network_left_out_is_the_models_and_another_activation_is_named()
    {
        var table = Name();
        await Upload(table, "p,q,y", i => $"{P(i)},{Q(i)},{Y(i)}");
        var model = await Train(table, "y", Network);

        var job = await GoOn(table, "y", model, """ "labelSmoothing":0 """);
        var relu = await Post(table, "y", model, Network.Replace("tanh", "relu", StringComparison.Ordinal), query: "?validateOnly=true");

        await AssertSame(model, job, """{"p":5,"q":3}""");
        Assert.Contains($"The network's layer 0 has the activation relu, and that of model \"{model}\", version 1, tanh: its weights were learnt for "
            + "another function.", Warnings(relu.Json));
    }

    [Fact]
    public async Task A_warm_training_can_be_posted_again_and_verified()
    {
        var (table, other) = (Name(), Name());
        await Upload(table, "p,q,c,y", i => $"{P(i)},{Q(i)},{"uvw"[i % 3]},{Y(i)}");
        await Upload(other, "c,q,p,y", i => $"{"ux"[i % 2]},{Q(i) + 2},{P(i)},{Y(i)}");
        var model = await Train(table, "y", Network);
        var job = await _wire.Train(
            $$"""{"dataset":"{{other}}","target":"y","epochs":5,"initialModel":{"name":"{{model}}"},"model":"{{Name()}}",{{Network}} }""");
        var name = (string)job["model"]!["name"]!;

        var verified = await _wire.Post($"models/{name}/verify", "", ("Prefer", "wait=60"));
        var again = job["configuration"]!.DeepClone();
        again["model"] = Name();
        var second = await _wire.Train(again.ToJsonString());

        Assert.True((bool?)verified.Json["matches"], verified.Text);
        Assert.Equal(job["metrics"]!.ToJsonString(), second["metrics"]!.ToJsonString());
    }

    private static string Text(string name) => $"\"{name}\"";

    private static double P(int i) => i * 0.5;

    private static double Q(int i) => i * 7 % 11;

    private static double Y(int i) => (i * 1.5) + (i * 7 % 11 / 4.0);

    private static string Name() => $"warm-{Guid.NewGuid():N}";

    private async Task Upload(string name, string header, Func<int, string> row)
    {
        var answer = await _wire.PostCsv($"datasets?name={name}", header + "\n" + string.Concat(Enumerable.Range(0, 60).Select(i => row(i) + "\n")));
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
    }

    private async Task<string> Train(string dataset, string target, string members, string? targets = null)
    {
        var name = Name();
        await _wire.Train($$"""{"dataset":"{{dataset}}","target":{{targets ?? Text(target)}},"epochs":30"""
            + $$""","precision":"float64","model":"{{name}}",{{members}} }""");
        return name;
    }

    private Task<Answer> Post(
        string dataset, string target, string model, string members, string? targets = null, string query = "", string precision = "float64") => _wire.Post(
        "training-jobs" + query,
        $$"""
        {"dataset":"{{dataset}}","target":{{targets ?? Text(target)}},"epochs":1,"precision":"{{precision}}","optimizer":{"type":"sgd","learningRate":1e-12},
         "batchSize":1000,"initialModel":{"name":"{{model}}"},"model":"{{Name()}}",{{members}} }
        """,
        ("Prefer", "wait=60"));

    private async Task<JsonNode> GoOn(string dataset, string target, string model, string members, string? targets = null)
    {
        var answer = await Post(dataset, target, model, members, targets);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal("succeeded", (string?)answer.Json["state"]);
        return answer.Json;
    }

    private async Task AssertSame(string model, JsonNode job, string row)
    {
        var body = $$"""{"rows":[{{row}} ]}""";
        var (before, after) = (await Predict(model, body), await Predict((string)job["model"]!["name"]!, body));
        Assert.Equal(before.Select(number => number.Name), after.Select(number => number.Name));
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First.Value, pair.Second.Value, Unmoved));
    }

    // Every number of the prediction under its name: value, values/a, probabilities/b.
    private async Task<(string Name, double Value)[]> Predict(string model, string body)
    {
        var answer = await _wire.Post($"models/{model}/predict", body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        var prediction = answer.Json["predictions"]![0]!.AsObject();
        var nested = prediction["values"] ?? prediction["probabilities"];
        return nested is null ? [("value", (double)prediction["value"]!)]
            : [.. nested.AsObject().OrderBy(number => number.Key).Select(number => (number.Key, (double)number.Value!))];
    }

    private static void AssertRefused(Answer answer, string pointer, string detail)
    {
        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        Assert.Equal(detail, (string?)answer.Json["errors"]![0]!["detail"]);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    private static string[] Warnings(JsonNode job) => [.. job["warnings"]!.AsArray().Select(warning => (string)warning!)];
}
