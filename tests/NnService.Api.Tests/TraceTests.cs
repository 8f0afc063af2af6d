using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>The glass box through the front door.</summary>
[Collection(SharedService.Name)]
public sealed class TraceTests(TestService service)
{
    // Two or three roundings of float64.
    private const double Rounding = 1e-15;

    // Central differences in float64: h² and ε / h are about 4e-11.
    private const double OfDifferences = 1e-9;

    private const string Alice = """{"row":{"weight":133,"height":65},"target":"F","loss":"meanSquaredError","learningRate":0.1}""";

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task Null_is_left_out_in_a_loss_and_a_missing_cell_in_a_row()
    {
        await MakeTutorial("trace-null");
        const string Huber = """{"row":[133,65],"target":"F","loss":{"type":"huber"}}""";

        var huber = await _wire.Post("models/trace-null/trace", Huber);
        var nulls = await _wire.Post("models/trace-null/trace", Huber.Replace("\"}}", "\",\"delta\":null},\"layer\":null}", StringComparison.Ordinal));
        var cell = await _wire.Post("models/trace-null/trace", """{"row":{"weight":133,"height":null},"target":"F","loss":{"type":"huber","delta":null}}""");
        var baseline = await _wire.Post("models/trace-null/explain", """{"row":[133,65],"baseline":{"weight":null,"height":65},"steps":null}""");

        Assert.Equal(HttpStatusCode.OK, huber.Status);
        Assert.Equal((HttpStatusCode.OK, huber.Text), (nulls.Status, nulls.Text));
        Assert.Equal((HttpStatusCode.BadRequest, "#/row/height"), (cell.Status, (string?)cell.Json["errors"]![0]!["pointer"]));
        Assert.Equal((HttpStatusCode.BadRequest, "#/baseline/weight"), (baseline.Status, (string?)baseline.Json["errors"]![0]!["pointer"]));
    }

    [Fact]
    public async Task Alice_has_the_figures_of_the_tutorial_to_full_precision()
    {
        await MakeTutorial("trace-alice");

        var trace = (await _wire.Post("models/trace-alice/trace", Alice)).Json;

        var expected = Wire.Reference("toy_checks.json")["alice_gradient_all_weights_1_biases_0"]!;
        Assert.Equal("""{"weight":133,"height":65}""", trace["input"]!["raw"]!.ToJsonString());
        Assert.Equal("[-2,-1]", trace["input"]!["encoded"]!.ToJsonString());
        Near((double)expected["loss"]!, trace["loss"]!);
        Near((double)expected["y_pred"]!, trace["output"]![0]!);
        var parameters = trace["parameters"]!.AsArray();
        Assert.Equal(["w1", "w2", "b1", "w3", "w4", "b2", "w5", "w6", "b3"], parameters.Select(parameter => (string)parameter!["parameter"]!));
        foreach (var parameter in parameters)
        {
            var gradient = (double)expected["gradient"]![(string)parameter!["parameter"]!]!;
            Near(gradient, parameter["gradient"]!);
            Assert.Equal(gradient, (double)parameter["numericGradient"]!, OfDifferences);
            Assert.Equal((double)parameter["value"]! - (0.1 * gradient), (double)parameter["updated"]!, Rounding);
        }

        var w1 = parameters[0]!;
        Near(0.02146953526581110728602703, w1["gradient"]!);
        Assert.Equal("layers[0].weights[0][0]", (string?)w1["name"]);
        Assert.Equal("layers[0].weights[1][0]", (string?)parameters[1]!["name"]);
        Assert.Equal("∂L/∂w1", (string?)w1["symbol"]);
        Assert.Equal("∂L/∂w1 = ∂L/∂y · ∂y/∂h1 · ∂h1/∂w1", (string?)w1["equation"]);
        Assert.Equal(["-0.953", "0.249", "-0.0904"],
            w1["factors"]!.AsArray().Zip(["F3", "F3", "F4"], (factor, digits) => ((double)factor!["value"]!).ToString(digits)));
        var h1 = trace["layers"]![0]!["neurons"]![0]!;
        Assert.Equal("[-2,-1] [1,1] [-2,-1] 0 -3",
            $"{h1["inputs"]!.ToJsonString()} {h1["weights"]!.ToJsonString()} {h1["terms"]!.ToJsonString()} {h1["bias"]} {h1["weightedSum"]}");
        Near(0.04742587317756678, h1["activation"]!);
        Near(0.04517665973091213, h1["activationDerivative"]!); // s (1 − s)
    }

    [Fact]
    public async Task Accept_chooses_text_and_LaTeX()
    {
        await MakeTutorial("trace-forms");

        var text = await _wire.Post("models/trace-forms/versions/1/trace", Alice, ("Accept", "text/plain"));
        var latex = await _wire.Post("models/trace-forms/trace", Alice, ("Accept", "application/json;q=0.5, text/x-latex"));
        var neither = await _wire.Post("models/trace-forms/trace", Alice, ("Accept", "image/png"));

        Assert.Equal("text/plain", text.ContentType);
        Assert.Contains(
            "  ∂L/∂w1 = ∂L/∂y · ∂y/∂h1 · ∂h1/∂w1    layers[0].weights[0][0]\n"
            + "         = -0.95261 · 0.249439 · (-0.0903533)\n"
            + "         = 0.0214695    central difference 0.0214695    w1: 1 -> 0.997853\n",
            text.Text,
            StringComparison.Ordinal);
        Assert.Equal("text/x-latex", latex.ContentType);
        Assert.Contains(
            @"\frac{\partial L}{\partial w_{1}} &= \frac{\partial L}{\partial y} \cdot \frac{\partial y}{\partial h_{1}} "
                + @"\cdot \frac{\partial h_{1}}{\partial w_{1}} \\",
            latex.Text,
            StringComparison.Ordinal);
        Assert.Equal(Times(latex.Text, @"\begin{align*}"), Times(latex.Text, @"\end{align*}"));
        Assert.EndsWith("\\end{align*}\n\\end{document}\n", latex.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotAcceptable, neither.Status);
        Assert.Contains("text/x-latex", (string)neither.Json["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_regression_is_traced_in_the_units_of_training_and_its_target_given_in_its_own()
    {
        await _wire.PostCsv("datasets?name=trace-lines", "x,y\n0,10\n1,30\n2,50\n3,70\n");
        await _wire.Train("""
            {"dataset":"trace-lines","target":"y","task":"regression","network":{"layers":[{"type":"dense","weights":[[2]],"bias":[0]}]},
             "optimizer":{"type":"sgd","learningRate":1e-300},"epochs":1,"precision":"float32","model":"trace-lines"}
            """);

        var trace = (await _wire.Post("models/trace-lines/trace", """{"row":[0],"target":40,"learningRate":1}""")).Json;

        // Both are standardized: x = 0 is −1.5 / √1.25, the target 40 is the mean.
        var x = -1.5 / Math.Sqrt(1.25);
        Near(x, trace["input"]!["encoded"]![0]!);
        Assert.Equal(0, (double)trace["target"]!["encoded"]![0]!);
        Near(2 * x, trace["output"]![0]!);
        Near(2 * (2 * x) * x, trace["parameters"]![0]!["gradient"]!);
        Near(2 - (4 * x * x), trace["parameters"]![0]!["updated"]!);
    }

    [Fact]
    public async Task Softmax_shows_its_Jacobian_and_a_normalization_its_mean_and_variance()
    {
        await _wire.Post("models", """
            {"name":"trace-softmax","labels":["a","b"],"precision":"float64","network":{"layers":[
              {"type":"dense","weights":[[1,-1]],"bias":[0,0]},{"type":"layerNormalization","epsilon":1},
              {"type":"dense","activation":"softmax","weights":[[1,0],[0,1]],"bias":[0,0]}]} }
            """);

        var trace = (await _wire.Post("models/trace-softmax/trace", """{"row":[1],"target":"a","loss":"softmaxCrossEntropy"}""")).Json;

        // ±1 has mean 0 and variance 1; (±1 − 0) / √(1 + 1)
        var normalization = trace["layers"]![1]!["neurons"]![0]!["normalization"]!;
        Assert.Equal("1 0 1 1", $"{normalization["input"]} {normalization["mean"]} {normalization["variance"]} {normalization["epsilon"]}");
        Near(Math.Sqrt(0.5), normalization["normalized"]!);
        var p = 1 / (1 + Math.Exp(-Math.Sqrt(2)));
        Near(p, trace["output"]![0]!);
        Near(p * (1 - p), trace["layers"]![2]!["neurons"]![0]!["jacobian"]![0]!);
        Near(-p * (1 - p), trace["layers"]![2]!["neurons"]![0]!["jacobian"]![1]!);
        var weight = trace["parameters"]!.AsArray().Single(parameter => (string)parameter!["name"]! == "layers[2].weights[0][0]")!;
        Assert.Equal("∂L/∂w3 = ∂L/∂z_y1 · ∂z_y1/∂w3", (string?)weight["equation"]);
        Near((p - 1) * Math.Sqrt(0.5), weight["gradient"]!);
    }

    [Fact]
    public async Task A_label_that_is_sent_as_a_number_is_the_one_with_its_digits()
    {
        await _wire.Post("models", """
            {"name":"trace-digits","labels":["9007199254740992","9007199254740993","0.5"],"precision":"float64",
             "network":{"layers":[{"type":"dense","activation":"softmax","weights":[[1,0,2]],"bias":[0,0,0]}]} }
            """);

        foreach (var label in (string[])["9007199254740993", "0.50"])
        {
            var trace = await _wire.Post("models/trace-digits/trace", $$"""{"row":[1],"target":{{label}},"loss":"softmaxCrossEntropy"}""");
            Assert.Equal(label == "0.50" ? [0, 0, 1] : [0, 1, 0], Wire.Numbers(trace.Json["target"]!["encoded"]));
        }
    }

    [Fact]
    public async Task A_job_under_way_is_traced_at_its_checkpoint_and_an_ended_one_at_its_model()
    {
        using var alone = new TestService();
        using var rarely = alone.WithWebHostBuilder(
            builder => builder.UseSetting("Training:CheckpointSeconds", "3600").UseSetting("Training:MaxConcurrentJobs", "1"));
        var wire = new Wire(rarely.CreateClient());
        await wire.Upload("trace-heights", "toy_heights.csv");
        const string Job = """
            {"dataset":"trace-heights","target":"gender","positiveLabel":"F","features":["weight_lb","height_in"],
             "network":{"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense","units":1,"activation":"sigmoid"}]},
             "loss":"meanSquaredError","precision":"float32","model":"trace-job"}
            """;
        const string Row = """{"row":{"weight_lb":133,"height_in":65},"target":"F"}""";
        var before = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("trace-heights", "trace-before"))).Json["id"]!;
        await wire.Until(before, "running");
        var id = (string)(await wire.Post("training-jobs", EndlessJob.Of(Job))).Json["id"]!;
        var early = await wire.Post($"training-jobs/{id}/trace", Row);
        Assert.Equal(HttpStatusCode.Conflict, early.Status);
        Assert.Contains("has not begun", (string)early.Json["detail"]!, StringComparison.Ordinal);
        await wire.Post($"training-jobs/{before}/cancel", "");
        await wire.Until(id, job => (int)job["epoch"]! > 0);
        await wire.Post($"training-jobs/{id}/pause", "");
        await wire.Until(id, "paused");

        var trace = (await wire.Post($"training-jobs/{id}/trace", Row)).Json;

        Assert.True((long)trace["step"]! > 0);
        Assert.Null(trace["version"]);
        Assert.Equal(9, trace["parameters"]!.AsArray().Count);
        await wire.Post($"training-jobs/{id}/resume", "");
        await wire.Until(id, "running");
        Assert.Equal(HttpStatusCode.OK, (await wire.Post($"training-jobs/{id}/trace", Row)).Status);
        await wire.Post($"training-jobs/{id}/stop", "");
        await wire.Until(id, "succeeded");
        var ended = (await wire.Post($"training-jobs/{id}/trace", Row)).Json;
        Assert.Equal(1, (int)ended["version"]!);
        Assert.Equal((await wire.Post("models/trace-job/trace", Row)).Json.ToJsonString(), ended.ToJsonString());
    }

    [Fact]
    public async Task Who_looks_into_a_job_again_and_again_has_its_table_read_no_more()
    {
        const string Away = ".away";
        using var alone = new TestService();
        var wire = alone.Wire;
        await wire.Upload("trace-heights", "toy_heights.csv");
        var id = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("trace-heights", "trace-unread"))).Json["id"]!;
        await wire.Until(id, job => (int)job["epoch"]! > 0);
        Rename("", Away);

        var running = await Trace();
        Rename(Away, "");
        await wire.Post($"training-jobs/{id}/pause", "");
        await wire.Until(id, "paused");
        var paused = await Trace();
        Rename("", Away);
        var again = await Trace();

        Assert.Equal(HttpStatusCode.OK, running.Status);
        Assert.Equal((HttpStatusCode.OK, paused.Text), (again.Status, again.Text));
        Rename(Away, "");

        Task<Answer> Trace() => wire.Post($"training-jobs/{id}/trace", """{"row":{"weight_lb":133,"height_in":65},"target":"F"}""");

        void Rename(string from, string to)
        {
            foreach (var file in Directory.GetFiles(Path.Combine(alone.Folder, "blobs"), "*", SearchOption.AllDirectories))
                File.Move(file, file[..^from.Length] + to);
        }
    }

    [Fact]
    public async Task Who_looks_again_sees_a_job_under_way_move_however_rare_its_checkpoints_are()
    {
        using var alone = new TestService();
        using var rarely = alone.WithWebHostBuilder(builder => builder.UseSetting("Training:CheckpointSeconds", "3600"));
        var wire = new Wire(rarely.CreateClient());
        await wire.Upload("trace-heights", "toy_heights.csv");
        var id = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("trace-heights", "trace-moving"))).Json["id"]!;
        await wire.Until(id, "running");
        var steps = new HashSet<long>();

        for (var clock = Stopwatch.StartNew(); steps.Count < 3 && clock.Elapsed < Wire.Patience;)
            steps.Add((long)(await wire.Post($"training-jobs/{id}/trace", """{"row":{"weight_lb":133,"height_in":65},"target":"F"}""")).Json["step"]!);

        Assert.Equal(3, steps.Count);
        await wire.Post($"training-jobs/{id}/cancel", "");
        await wire.Until(id, "cancelled");
    }

    [Fact]
    public async Task The_parameters_of_a_checkpoint_are_those_of_the_network_that_training_holds()
    {
        // The same four rows again and again in one epoch: every step is the same, and ten million epochs take hours.
        await _wire.Upload("trace-heights", "toy_heights.csv");
        var lines = Wire.Sample("toy_heights.csv").TrimEnd('\n').Split('\n', 2);
        await _wire.PostCsv("datasets?name=trace-heights-again", $"{lines[0]}\n{string.Concat(Enumerable.Repeat($"{lines[1]}\n", 2500))}");
        const string Row = """{"row":[133,65],"target":"F"}""";
        const string Job = """
            "target":"gender","features":["weight_lb","height_in"],"preprocessing":{"columns":{"weight_lb":{"shift":135,"scale":1},"height_in":{"shift":66,"scale":1}}},
            "network":{"layers":[{"type":"dense","units":3,"activation":"tanh"},{"type":"dense","units":1,"activation":"sigmoid"}]},
            "optimizer":{"type":"adam"},"schedule":"constant","order":"sequential","batchSize":4,"split":{"train":1,"validation":0,"test":0},
            "precision":"float64","historyEvery":1000
            """;
        var id = (string)(await _wire.Post(
            "training-jobs", $$"""{ "dataset":"trace-heights-again",{{Job}},"epochs":10000000,"model":"trace-checkpoint"}""")).Json["id"]!;
        await _wire.Until(id, job => (int)job["epoch"]! > 0);
        await _wire.Post($"training-jobs/{id}/pause", "");
        await _wire.Until(id, "paused");
        var trace = (await _wire.Post($"training-jobs/{id}/trace", Row)).Json;

        // One step an epoch: the same network trained for just as many steps.
        await _wire.Train($$"""{ "dataset":"trace-heights",{{Job}},"epochs":{{trace["step"]}},"model":"trace-checkpoint-again"}""");
        var again = (await _wire.Post("models/trace-checkpoint-again/trace", Row)).Json;
        Assert.Equal(again["parameters"]!.ToJsonString(), trace["parameters"]!.ToJsonString());

        await _wire.Post($"training-jobs/{id}/cancel", "");
        var gone = await _wire.Post($"training-jobs/{id}/trace", Row);
        Assert.Equal(HttpStatusCode.Conflict, gone.Status);
        Assert.Contains("without a model", (string)gone.Json["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_another_job_has_made_since_is_not_taken_for_the_first_jobs()
    {
        await _wire.PostCsv("datasets?name=trace-twice", "x,y\n0,10\n1,30\n2,50\n3,70\n");
        const string Job = """
            {"dataset":"trace-twice","target":"y","task":"regression","network":{"layers":[{"type":"dense","units":1}]},"epochs":1,"model":"trace-twice"}
            """;
        var first = await _wire.Train(Job);
        await _wire.Delete("models/trace-twice");
        var second = await _wire.Train(Job);
        Assert.Equal(first["model"]!["version"]!.ToJsonString(), second["model"]!["version"]!.ToJsonString());

        var gone = await _wire.Post($"training-jobs/{first["id"]}/trace", """{"row":[0],"target":40}""");

        Assert.Equal(HttpStatusCode.Conflict, gone.Status);
        Assert.Equal("The job's model, version 1 of \"trace-twice\", has been deleted; there is nothing to trace.", (string?)gone.Json["detail"]);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post($"training-jobs/{second["id"]}/trace", """{"row":[0],"target":40}""")).Status);
    }

    [Fact]
    public async Task A_large_network_is_traced_by_layer_and_neuron()
    {
        await _wire.Upload("trace-digits", "digits.csv");
        await _wire.Train("""
            {"dataset":"trace-digits","target":"digit","epochs":1,"model":"trace-digits",
             "network":{"layers":[{"type":"dense","units":200,"activation":"relu"},{"type":"dense","activation":"softmax"}]} }
            """);
        var features = (await _wire.Get("models/trace-digits/versions/1")).Json["features"]!.AsArray().Count;
        var row = $"[{string.Join(",", Enumerable.Range(0, features).Select(i => i % 16))}]";

        await Refused("trace-digits", $$"""{"row":{{row}},"target":"3"}""", "#/layer", "name a layer from 0 to 1");
        await Refused("trace-digits", $$"""{"row":{{row}},"target":"3","layer":0}""", "#/neuron", "name a neuron from 0 to 199");
        await Refused("trace-digits", $$"""{"row":{{row}},"target":"3","layer":2}""", "#/layer", "layers 0 to 1");
        await Refused("trace-digits", $$"""{"row":{{row}},"target":"3","layer":0,"neuron":200}""", "#/neuron", "neurons 0 to 199");
        await Refused("trace-digits", $$"""{"row":{{row}},"target":"3","neuron":1}""", "#/neuron", "neuron needs a layer");
        var whole = (await _wire.Post("models/trace-digits/trace", $$"""{"row":{{row}},"target":"3","layer":1}""")).Json;
        var one = (await _wire.Post("models/trace-digits/trace", $$"""{"row":{{row}},"target":"3","layer":0,"neuron":7}""")).Json;

        Assert.Equal(2010, whole["parameters"]!.AsArray().Count);
        Assert.Single(whole["layers"]!.AsArray());
        Assert.Equal(features + 1, one["parameters"]!.AsArray().Count);
        Assert.Equal("layers[0].weights[0][7]", (string?)one["parameters"]![0]!["name"]);
        Assert.All(one["parameters"]!.AsArray(), parameter => Assert.Equal((double)parameter!["gradient"]!, (double)parameter["numericGradient"]!, 1e-6));
        var formula = await _wire.Get("models/trace-digits/formula");
        Assert.Equal(HttpStatusCode.BadRequest, formula.Status);
        Assert.Contains("a formula is written up to 500", (string)formula.Json["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_softmax_of_many_classes_is_traced_by_neuron()
    {
        const int Classes = 1001;
        string[] labels = [.. Enumerable.Range(0, Classes).Select(i => $"\"c{i}\"")];
        var zeros = string.Join(',', Enumerable.Repeat(0, Classes));
        await _wire.Post("models", $$"""
            {"name":"trace-classes","labels":[{{string.Join(',', labels)}}],
             "network":{"layers":[{"type":"dense","activation":"softmax","weights":[[{{zeros}}]],"bias":[{{zeros}}]}]} }
            """);

        await Refused("trace-classes", """{"row":[1],"target":"c3"}""", "#/layer",
            "The network has 1,002,001 slopes of softmax, more than 1,000,000; name a layer from 0 to 0, and in a large one a neuron. "
            + "Its layers: 0 dense with a neuron from 0 to 1000.");
        await Refused("trace-classes", """{"row":[1],"target":"c3","layer":0}""", "#/neuron",
            "Layer 0 has 1,002,001 slopes of softmax, more than 1,000,000; name a neuron from 0 to 1000.");
        var one = (await _wire.Post("models/trace-classes/trace", """{"row":[1],"target":"c3","layer":0,"neuron":3}""")).Json;
        Assert.Equal(Classes, one["layers"]![0]!["neurons"]![0]!["jacobian"]!.AsArray().Count);
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_request_is_said_at_once()
    {
        await _wire.PostCsv("datasets?name=trace-wide", "age,city,y\n1,a,0\n2,b,1\n3,a,1\n4,b,0\n");
        await _wire.Train("""
            {"dataset":"trace-wide","target":"y","epochs":1,"model":"trace-wide","split":{"train":1,"validation":0,"test":0},
             "network":{"layers":[{"type":"dense","units":4000,"activation":"relu"},{"type":"dense","units":3},{"type":"dense","activation":"sigmoid"}]} }
            """);

        var answer = await _wire.Post("models/trace-wide/trace", """{"learningRate":-1}""");
        var explained = await _wire.Post("models/trace-wide/explain", """{"steps":0,"row":[1],"baseline":{"age":2},"output":"maybe"}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        var errors = answer.Json["errors"]!.AsArray().ToDictionary(error => (string)error!["pointer"]!, error => (string)error!["detail"]!);
        Assert.Equal(["#/learningRate", "#/row", "#/target", "#/layer"], errors.Keys);
        Assert.EndsWith("in the model's own order: age, city.", errors["#/row"], StringComparison.Ordinal);
        Assert.Contains("one of the labels \"0\", \"1\"", errors["#/target"], StringComparison.Ordinal);
        Assert.EndsWith(
            "name a layer from 0 to 2, and in a large one a neuron. "
            + "Its layers: 0 dense with a neuron from 0 to 3999; 1 dense with a neuron from 0 to 2; 2 dense.", errors["#/layer"], StringComparison.Ordinal);
        Assert.Equal(["#/steps", "#/row", "#/baseline/city", "#/output"],
            explained.Json["errors"]!.AsArray().Select(error => (string?)error!["pointer"]));
    }

    [Theory]
    [InlineData("""{"row":[133,65]}""", "#/target", "target is missing; say what is true of the row: one of the labels \"M\", \"F\".")]
    [InlineData("""{"row":[133,65],"target":"X"}""", "#/target", "no label \"X\"")]
    [InlineData("""{"row":[133,65],"target":1}""", "#/target", "no label 1")]
    [InlineData("""{"target":"F"}""", "#/row", "row is missing")]
    [InlineData("""{"row":[133],"target":"F"}""", "#/row", "The row has 1 values; the model takes 2")]
    [InlineData("""{"row":{"weight":133},"target":"F"}""", "#/row/height", "The row lacks \"height\".")]
    [InlineData("""{"row":{"weight":"heavy","height":65},"target":"F"}""", "#/row/weight", "Expected a number, not the text \"heavy\".")]
    [InlineData("""{"row":{"weight":"NaN","height":65},"target":"F"}""", "#/row/weight", "A value is missing")]
    [InlineData("""{"row":{"weight":133,"height":65,"age":5},"target":"F"}""", "#/row/age", "knows no column \"age\"")]
    [InlineData("""{"row":133,"target":"F"}""", "#/row", "The row must be an object or an array.")]
    [InlineData("""{"row":[NaN,65],"target":"F"}""", "#", "not valid JSON")]
    [InlineData("""{"row":[133,65],"target":"F","loss":"squared"}""", "#/loss", "There is no loss \"squared\".")]
    [InlineData("""{"row":[133,65],"target":"F","loss":"softmaxCrossEntropy"}""", "#/loss", "does not fit the model's last layer")]
    [InlineData("""{"row":[133,65],"target":"F","learningRate":0}""", "#/learningRate", "it must be greater than 0")]
    [InlineData("""{"row":[133,65],"target":"F","learningRate":-1}""", "#/learningRate", "it must be greater than 0")]
    [InlineData("""{"row":[133,65],"target":"F","learningRate":1e400}""", "#/learningRate", "too large")]
    [InlineData("""{"row":[133,65],"target":"F","layer":"first"}""", "#/layer", "Expected a whole number")]
    public async Task Bad_requests_for_a_trace_are_refused_with_a_pointer(string body, string pointer, string detail)
    {
        await MakeTutorial("trace-refused");

        await Refused("trace-refused", body, pointer, detail);
    }

    [Fact]
    public async Task Numbers_that_overflow_are_refused()
    {
        await _wire.Post("models",
            """{"name":"trace-overflow","precision":"float64","network":{"layers":[{"type":"dense","weights":[[1e300]],"bias":[0]}]} }""");

        await Refused("trace-overflow", """{"row":[1e10],"target":0}""", "#/row", "too large");
        await Refused("trace-overflow", """{"row":[1],"target":"one"}""", "#/target", "a number, the value of \"y\"");
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Post("models/trace-nowhere/trace", Alice)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Post("models/trace-overflow/versions/9/trace", Alice)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Post("training-jobs/nothing/trace", Alice)).Status);
    }

    private async Task MakeTutorial(string name)
    {
        var answer = await _wire.Post("models", $$"""
            {"name":"{{name}}","features":["weight","height"],"target":"gender","labels":["M","F"],"precision":"float64",
             "preprocessing":{"columns":{"weight":{"shift":135},"height":{"shift":66} } },
             "network":{"layers":[
               {"type":"dense","activation":"sigmoid","weights":[[1,1],[1,1]],"bias":[0,0]},
               {"type":"dense","activation":"sigmoid","weights":[[1],[1]],"bias":[0]}]} }
            """);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
    }

    private async Task Refused(string model, string body, string pointer, string detail)
    {
        var answer = await _wire.Post($"models/{model}/trace", body);
        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.Contains(detail, (string)answer.Json["detail"]!, StringComparison.Ordinal);
    }

    private static int Times(string text, string part) => text.Split(part).Length - 1;

    private static void Near(double expected, JsonNode actual) =>
        Assert.True(Math.Abs(expected - (double)actual) <= Rounding * Math.Max(Math.Abs(expected), 1e-300), $"expected {expected:R}, got {(double)actual:R}");
}
