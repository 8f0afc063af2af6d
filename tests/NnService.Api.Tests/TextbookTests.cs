using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>The figures of the classic tutorials, to the last digit, through the front door.</summary>
[Collection(SharedService.Name)]
public sealed class TextbookTests(TestService service)
{
    // float64 figures from an independent program: they differ from ours by rounding alone.
    private const double Tolerance = 1e-12;

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task One_sigmoid_neuron_answers_as_the_tutorial_prints()
    {
        await Make("textbook-neuron", """{"layers":[{"type":"dense","activation":"sigmoid","weights":[[0],[1]],"bias":[4]}]}""");

        Near(0.9990889488055994, await PredictValue("textbook-neuron", "[2, 3]"));
    }

    [Fact]
    public async Task The_2_2_1_network_feeds_forward_as_the_tutorial_prints()
    {
        await Make(
            "textbook-2-2-1",
            """
            {"inputs":2,"layers":[
              {"type":"dense","units":2,"activation":"sigmoid","weights":[[0,0],[1,1]],"bias":[0,0]},
              {"type":"dense","units":1,"activation":"sigmoid","weights":[[0],[1]],"bias":[0]}]}
            """);

        Near(0.7216325609518421, await PredictValue("textbook-2-2-1", "[2, 3]"));
    }

    [Fact]
    public async Task A_model_that_always_says_0_has_a_mean_squared_error_of_one_half()
    {
        await _wire.Upload("textbook-shifted", "toy_heights_shifted.csv");
        await Make(
            "textbook-zero",
            """{"layers":[{"type":"dense","weights":[[0],[0]],"bias":[0]}]}""",
            """, "features":["weight_minus_135","height_minus_66"], "target":"female" """);

        var answer = await _wire.Post("models/textbook-zero/evaluate", """{"dataset":"textbook-shifted","loss":"meanSquaredError"}""");

        Assert.Equal(0.5, (double)answer.Json["loss"]!);
        Assert.Equal(4, (int)answer.Json["rows"]!);
    }

    [Fact]
    public async Task The_2_2_1_network_trains_as_recorded_one_sample_at_a_time()
    {
        await _wire.Upload("textbook-heights", "toy_heights.csv");
        var recorded = Wire.Reference("toy_heights_2_2_1.json");
        var w = recorded["initial"]!;
        var network = $$"""
            {"inputs":2,"layers":[
              {"type":"dense","units":2,"activation":"sigmoid","weights":[[{{w["w1"]}},{{w["w3"]}}],[{{w["w2"]}},{{w["w4"]}}]],"bias":[{{w["b1"]}},{{w["b2"]}}]},
              {"type":"dense","units":1,"activation":"sigmoid","weights":[[{{w["w5"]}}],[{{w["w6"]}}]],"bias":[{{w["b3"]}}]}]}
            """;

        var job = await _wire.Train(HeightsJob(network, "textbook-heights", 0));

        var losses = await _wire.TrainLosses(job);
        Near((double)recorded["initial_loss"]!, losses[0]);
        var expected = Wire.Numbers(recorded["loss_at_epochs_0_10_to_990"]);
        for (var i = 0; i < expected.Length; i++)
            Near(expected[i], losses[(10 * i) + 1]); // the tutorial's epoch e is after e + 1 of ours
        Near((double)recorded["final_loss"]!, losses[1000]);

        var version = await _wire.Get("models/textbook-heights/versions/" + job["model"]!["version"]);
        var layers = version.Json["layers"]!;
        var final = recorded["final"]!;
        Near(Each(final, "w1", "w3", "w2", "w4"), Flat(layers[0]!["weights"]!));
        Near(Each(final, "b1", "b2"), Flat(layers[0]!["bias"]!));
        Near(Each(final, "w5", "w6"), Flat(layers[1]!["weights"]!));
        Near(Each(final, "b3"), Flat(layers[1]!["bias"]!));

        var predictions = await PredictEmilyAndFrank("textbook-heights");
        Near((double)recorded["emily"]!["prediction"]!, predictions.Emily);
        Near((double)recorded["frank"]!["prediction"]!, predictions.Frank);
    }

    [Fact]
    public async Task The_2_2_1_network_learns_from_each_of_50_random_starts()
    {
        await _wire.Upload("textbook-heights", "toy_heights.csv");
        const string Network =
            """
            {"inputs":2,"layers":[
              {"type":"dense","units":2,"activation":"sigmoid","initializer":"normal","biasInitializer":"normal"},
              {"type":"dense","units":1,"activation":"sigmoid","initializer":"normal","biasInitializer":"normal"}]}
            """;
        for (var seed = 1; seed <= 50; seed++)
        {
            var job = await _wire.Train(HeightsJob(Network, "textbook-starts", seed));
            Assert.InRange((double)job["trainLoss"]!, 0, 0.01);
            var (emily, frank) = await PredictEmilyAndFrank("textbook-starts");
            Assert.InRange(emily, 0.5, 1);
            Assert.InRange(frank, 0, 0.5);
        }
    }

    [Theory]
    [InlineData("second")]
    [InlineData("first")]
    public async Task The_3_4_5_1_network_trains_as_recorded_on_the_full_batch(string which)
    {
        await _wire.Upload("textbook-four", "toy_four_points.csv");
        var file = Wire.Reference("toy_four_points_3_4_5_1.json");
        var recorded = which == "second" ? file : file["first_network"]!;
        var initial = recorded["initial"]!;
        var job = await _wire.Train($$"""
            {"dataset":"textbook-four","target":"label","features":["x1","x2","x3"],
             "network":{"inputs":3,"layers":[
               {"type":"dense","units":4,"activation":"sigmoid","useBias":false,"weights":{{initial["W1"]!.ToJsonString()}}},
               {"type":"dense","units":5,"activation":"sigmoid","useBias":false,"weights":{{initial["W2"]!.ToJsonString()}}},
               {"type":"dense","units":1,"activation":"sigmoid","useBias":false,"weights":{{initial["W3"]!.ToJsonString()}}}]},
             "preprocessing":{"numeric":"none"},"loss":"halfSumSquaredError","optimizer":{"type":"sgd","learningRate":0.1},
             "batchSize":4,"epochs":5000,"order":"sequential","precision":"float64","model":"textbook-3-4-5-1-{{which}}"}
            """);

        var losses = await _wire.TrainLosses(job);
        var checks = Wire.Reference("toy_checks.json")["net_3_4_5_1_published_figures"]![$"{which}_network_costs"]!.AsObject();
        foreach (var (epoch, cost) in checks)
            Near((double)cost!, losses[int.Parse(epoch)]); // here the tutorial's epoch is ours
        var predictions = await _wire.Post($"models/textbook-3-4-5-1-{which}/predict", """{"rows":[[0,0,1],[1,1,1],[1,0,1],[0,1,1]]}""");
        Near(
            Wire.Numbers(Wire.Reference("toy_checks.json")["net_3_4_5_1_published_figures"]![$"{which}_network_predictions_after_5000"]),
            [.. predictions.Json["predictions"]!.AsArray().Select(prediction => (double)prediction!["probabilities"]!["1"]!)]);
    }

    [Fact]
    public async Task The_softmax_classifier_of_16_points_is_right_on_all_test_rows_for_19_of_20_seeds()
    {
        await _wire.Upload("textbook-sixteen", "toy_sixteen_points.csv");
        var perfect = 0;
        for (var seed = 1; seed <= 20; seed++)
        {
            var job = await _wire.Train($$"""
                {"dataset":"textbook-sixteen","target":"label",
                 "network":{"inputs":4,"layers":[{"type":"dense","units":2,"activation":"softmax","initializer":"normal"}]},
                 "preprocessing":{"numeric":"none"},"split":{"train":0.5,"validation":0.25,"test":0.25,"method":"sequential"},
                 "lossReduction":"sum","optimizer":{"type":"sgd","learningRate":0.01},
                 "batchSize":4,"order":"withReplacement","stepsPerEpoch":1000,"epochs":4,"earlyStopping":{"patience":0},
                 "seed":{{seed}},"precision":"float64","model":"textbook-sixteen"}
                """);
            Assert.Equal(8, Sum(job["metrics"]!["train"]!));
            Assert.Equal(4, Sum(job["metrics"]!["validation"]!));
            Assert.Equal(4, Sum(job["metrics"]!["test"]!));
            perfect += (double)job["metrics"]!["test"]!["accuracy"]! == 1 ? 1 : 0;
        }

        Assert.InRange(perfect, 19, 20);
    }

    private static string HeightsJob(string network, string model, int seed) => $$"""
        {"network":{{network}},"dataset":"textbook-heights","target":"gender","positiveLabel":"F","features":["weight_lb","height_in"],
         "preprocessing":{"columns":{"weight_lb":{"shift":135,"scale":1},"height_in":{"shift":66,"scale":1} } },
         "loss":"meanSquaredError","optimizer":{"type":"sgd","learningRate":0.1},"batchSize":1,"epochs":1000,"order":"sequential",
         "seed":{{seed}},"precision":"float64","model":"{{model}}"}
        """;

    private async Task<(double Emily, double Frank)> PredictEmilyAndFrank(string model)
    {
        var answer = await _wire.Post($"models/{model}/predict", """{"rows":[{"weight_lb":128,"height_in":63},{"weight_lb":155,"height_in":68}]}""");
        var female = answer.Json["predictions"]!.AsArray().Select(prediction => (double)prediction!["probabilities"]!["F"]!).ToArray();
        return (female[0], female[1]);
    }

    private async Task Make(string name, string network, string more = "")
    {
        var answer = await _wire.Post("models", $$"""{"name":"{{name}}","network":{{network}},"precision":"float64"{{more}} }""");
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
    }

    private async Task<double> PredictValue(string model, string row)
    {
        var answer = await _wire.Post($"models/{model}/predict", $$"""{"rows":[{{row}}]}""");
        return (double)answer.Json["predictions"]![0]!["value"]!;
    }

    private static double[] Each(JsonNode figures, params string[] names) => [.. names.Select(name => (double)figures[name]!)];

    private static double[] Flat(JsonNode array) =>
        [.. array.AsArray().SelectMany(item => item is JsonArray row ? Flat(row) : [(double)item!])];

    private static int Sum(JsonNode metrics) => (int)Flat(metrics["confusionMatrix"]!["counts"]!).Sum();

    private static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Near(expected[i], actual[i]);
    }

    private static void Near(double expected, double actual) =>
        Assert.True(Math.Abs(expected - actual) <= Tolerance * Math.Abs(expected), $"expected {expected:R}, got {actual:R}");
}
