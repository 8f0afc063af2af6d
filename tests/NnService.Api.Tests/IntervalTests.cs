using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Intervals and verdicts where there are few rows, rare labels, or figures of unusual size.</summary>
[Collection(SharedService.Name)]
public sealed class IntervalTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task Twenty_rows_of_which_one_is_apart_prove_nothing()
    {
        await TrainSign("interval-one-apart");

        var answer = await Evaluate("interval-one-apart", "x,y\n" + string.Concat(Enumerable.Range(1, 19).Select(i => $"{-i},a\n")) + "20,b\n");

        Assert.Equal(1, (double)answer["metrics"]!["accuracy"]!);
        AssertInterval(answer, "accuracy", 0.8609, 1); // .05^(1/20): 20 of 20 by mid-P
        Assert.InRange((double)answer["intervals"]!["balancedAccuracy"]![0]!, 0.4, 0.7);
        Assert.InRange((double)answer["intervals"]!["matthewsCorrelation"]![0]!, -0.5, 0.9);
        var verdict = (string)answer["verdict"]!;
        Assert.DoesNotContain("It beats", verdict, StringComparison.Ordinal);
        Assert.Contains("It does not beat the most frequent label beyond the interval (0.5).", verdict, StringComparison.Ordinal);
        Assert.Contains("the same answer for every row has 0.5): these rows do not show that it tells the labels apart", verdict, StringComparison.Ordinal);
        Assert.Contains(" Row by row, its balanced accuracy differs by -0.0673 to 0.584 from the most frequent label's", verdict, StringComparison.Ordinal);
    }

    // 85 rows of "no", 15 of "yes": the model answers "no" to all of them, and with more of "yes" where they are.
    [Fact]
    public async Task Where_the_accuracy_is_that_of_the_most_frequent_label_the_verdict_tells_the_ROC_area()
    {
        var rows = string.Concat(Enumerable.Range(0, 85).Select(i => $"{(i % 7) / 10.0},no\n"))
            + string.Concat(Enumerable.Range(0, 15).Select(i => $"{((i % 5) / 10.0) + 0.45},yes\n"));
        await _wire.PostCsv("datasets?name=interval-ranks", "x,y\n" + rows);
        await _wire.Train("""
            {"dataset":"interval-ranks","target":"y","features":["x"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[-3]}] },
             "preprocessing":{"columns":{"x":{"shift":0,"scale":1} } },"optimizer":{"type":"sgd","learningRate":1e-9},"epochs":1,"classWeights":"none",
             "split":{"train":1,"validation":0,"test":0},"model":"interval-ranks"}
            """);

        var answer = (await _wire.Post("models/interval-ranks/evaluate", """{"dataset":"interval-ranks"}""")).Json;

        Assert.Equal(0.85, (double)answer["metrics"]!["accuracy"]!);
        Assert.True((double)answer["metrics"]!["rocAuc"]! > 0.8);
        var verdict = (string)answer["verdict"]!;
        Assert.Contains("It does not beat the most frequent label beyond the interval (0.85).", verdict, StringComparison.Ordinal);
        Assert.Matches(
            @" Its ROC area is 0\.\d+ \(95 % interval 0\.\d+ to 0\.\d+; the same answer for every row has 0\.5\): it tells the labels apart, beyond the "
            + @"interval, though not at the threshold of its answers\. The linear model's is 0\.\d+, no further from it than chance may be\.",
            verdict);
        Assert.Contains(" Row by row, its accuracy differs by -0.0323 to 0.0323 from the most frequent label's and by ", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_rows_of_a_label_do_not_tell_whose_ROC_area_is_better()
    {
        var rows = string.Concat(Enumerable.Range(0, 9).Select(i => $"{i},{"abc"[i % 3]}\n"));
        await _wire.PostCsv("datasets?name=interval-areas", "x,y\n" + rows);
        await _wire.Train("""
            {"dataset":"interval-areas","target":"y","network":{"layers":[{"type":"dense","activation":"softmax"}]},"optimizer":{"type":"sgd","learningRate":1e-9},
             "epochs":1,"seed":1,"split":{"train":1,"validation":0,"test":0},"model":"interval-areas"}
            """);

        var verdict = (string)(await _wire.Post("models/interval-areas/evaluate", """{"dataset":"interval-areas"}""")).Json["verdict"]!;

        Assert.Contains("and so few rows do not tell which of the two is better.", verdict, StringComparison.Ordinal);
        Assert.DoesNotContain("threshold", verdict, StringComparison.Ordinal); // of three labels the likeliest is the answer
    }

    [Fact]
    public async Task One_row_proves_nothing_and_is_one_row()
    {
        await TrainSign("interval-one-row");

        var answer = await Evaluate("interval-one-row", "x,y\n20,b\n1,\n");

        AssertInterval(answer, "accuracy", 0.05, 1); // 1 of 1 by mid-P
        var verdict = (string)answer["verdict"]!;
        Assert.StartsWith("On 1 row the network's", verdict, StringComparison.Ordinal);
        Assert.DoesNotContain("ROC area", verdict, StringComparison.Ordinal);
        Assert.Contains(" differs by -0.122 to 1 from the most frequent label's", verdict, StringComparison.Ordinal);
        Assert.DoesNotContain("It beats", verdict, StringComparison.Ordinal);
        Assert.Contains("1 row without a target was left out.", answer["warnings"]!.AsArray().Select(warning => (string)warning!));
    }

    [Fact]
    public async Task Enough_rows_of_both_labels_prove_it()
    {
        await TrainSign("interval-many");

        var answer = await Evaluate(
            "interval-many", "x,y\n" + string.Concat(Enumerable.Range(1, 40).Select(i => i % 2 == 0 ? $"{-5 * i},a\n" : $"{20 + i},b\n")));

        Assert.Contains("It beats the most frequent label (0.5) beyond the interval.", (string)answer["verdict"]!, StringComparison.Ordinal);
        Assert.Contains(" Row by row, its accuracy differs by 0.328 to 0.648 from the most frequent label's", (string)answer["verdict"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("ROC area", (string)answer["verdict"]!, StringComparison.Ordinal);
        AssertInterval(answer, "accuracy", 0.9278, 1); // 40 of 40 by mid-P
        AssertInterval(answer, "rocAuc", 0.85, 1);
        foreach (var (name, interval) in answer["intervals"]!.AsObject())
            Assert.True((double)interval![0]! < (double)interval[1]!, name);
    }

    [Fact]
    public async Task A_rare_label_of_which_every_row_is_missed_does_not_reach_a_perfect_interval()
    {
        await _wire.Post("models", """{"name":"interval-rare","features":["x"],"target":"y","labels":["a","b"]"""
            + ""","network":{"layers":[{"type":"dense","activation":"sigmoid","weights":[[0.01]],"bias":[-4]}]}}""");

        var answer = await Evaluate(
            "interval-rare", "x,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i * 7 % 13},{(i is 30 or 60 ? "b" : "a")}\n")));

        Assert.Equal(0.5, (double)answer["metrics"]!["balancedAccuracy"]!);
        Assert.InRange((double)answer["intervals"]!["balancedAccuracy"]![0]!, 0.45, 0.5);
        Assert.InRange((double)answer["intervals"]!["balancedAccuracy"]![1]!, 0.6, 0.9); // recall 0 of 2: up to 0.776
        foreach (var (name, interval) in answer["intervals"]!.AsObject())
            Assert.InRange((double)answer["metrics"]![name]!, (double)interval![0]!, (double)interval[1]!);
    }

    [Fact]
    public async Task Three_equal_errors_have_no_interval_and_prove_nothing()
    {
        await TrainLine("interval-equal", 1);

        var answer = await Evaluate("interval-equal", "x,y\n7,0.1\n7,0.1\n7,0.1\n");

        Assert.DoesNotContain("rootMeanSquaredError", answer["intervals"]!.AsObject().Select(interval => interval.Key));
        Assert.StartsWith("On 3 rows the network's root mean squared error is ", (string)answer["verdict"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("It beats", (string)answer["verdict"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("It is worse", (string)answer["verdict"]!, StringComparison.Ordinal);
        Assert.Contains("differs by an amount that so few or so equal rows do not tell from the mean's", (string)answer["verdict"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_baseline_that_is_ahead_is_said_to_be_ahead_though_the_rows_do_not_prove_it()
    {
        await TrainLine("interval-behind", 1);

        // The line answers about 23 to all of them and the mean 32: the first is nearer to seven rows, the other to the one that is far away.
        var answer = await Evaluate("interval-behind", "x,y\n" + string.Concat(Enumerable.Range(0, 8).Select(i => $"20,{(i == 7 ? 150 : 26 + (i % 3))}\n")));

        var verdict = (string)answer["verdict"]!;
        Assert.Contains("It is behind the mean (", verdict, StringComparison.Ordinal);
        Assert.Contains("), though not beyond the interval.", verdict, StringComparison.Ordinal);
    }

    // As many rows right as the most frequent label has, and sure of every answer.
    [Fact]
    public async Task A_log_loss_that_is_worse_is_told_where_the_accuracy_is_the_same()
    {
        await TrainSign("interval-sure");

        var answer = await Evaluate(
            "interval-sure", "x,y\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"{(i % 2 == 0 ? -5 * i : 20 + i)},{(i % 4 < 2 ? "a" : "b")}\n")));

        var verdict = (string)answer["verdict"]!;
        Assert.Contains("It does not beat the most frequent label beyond the interval (0.5). Its log loss (", verdict, StringComparison.Ordinal);
        Assert.Contains(") is worse than the most frequent label's (", verdict, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("small", 1e-5, "e-")]
    [InlineData("large", 1e30, "e+")]
    public async Task A_verdict_writes_its_numbers_to_be_read(string name, double size, string exponent)
    {
        var job = await TrainLine($"interval-{name}", size);

        var verdict = (string)job["metrics"]!["verdict"]!;
        Assert.Contains(exponent, verdict, StringComparison.Ordinal);
        Assert.Contains(exponent, verdict[verdict.IndexOf("Row by row", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain("is 0 ", verdict, StringComparison.Ordinal);
        Assert.DoesNotContain(",000", verdict, StringComparison.Ordinal);
        Assert.True(verdict.Length < 500, verdict);
    }

    private Task<JsonNode> TrainLine(string name, double size) => Train(
        name,
        string.Concat(Enumerable.Range(0, 60).Select(i => $"{i},{(i + (i * i % 7)) * size:R}\n")),
        "\"task\":\"regression\",\"network\":{\"layers\":[{\"type\":\"dense\"}]},\"split\":{\"testEvery\":3,\"validation\":0}");

    // Label b from 0 upwards, learnt to the last row.
    private Task<JsonNode> TrainSign(string name) => Train(
        name,
        string.Concat(Enumerable.Range(1, 190).Select(i => $"{-i},a\n")) + string.Concat(Enumerable.Range(1, 10).Select(i => $"{20 * i},b\n")),
        """
        "network":{"layers":[{"type":"dense","units":8,"activation":"tanh"},{"type":"dense","units":1,"activation":"sigmoid"}]},
        "split":{"train":1,"validation":0,"test":0}
        """);

    private async Task<JsonNode> Train(string name, string rows, string more)
    {
        await _wire.PostCsv($"datasets?name={name}", "x,y\n" + rows);
        return await _wire.Train($$"""
            {"dataset":"{{name}}","target":"y","features":["x"],{{more}},"epochs":200,"batchSize":8,"optimizer":{"type":"adam","learningRate":0.03},"model":"{{name}}"}
            """);
    }

    private async Task<JsonNode> Evaluate(string model, string csv)
    {
        await _wire.PostCsv($"datasets?name={model}-rows", csv);
        var answer = await _wire.Post($"models/{model}/evaluate", $$"""{"dataset":"{{model}}-rows"}""");
        Assert.True((int)answer.Status == 200, answer.Text);
        return answer.Json;
    }

    private static void AssertInterval(JsonNode answer, string metric, double low, double high)
    {
        var interval = Wire.Numbers(answer["intervals"]![metric]);
        Assert.Equal(low, interval[0], metric == "accuracy" ? 0.0001 : 0.1);
        Assert.Equal(high, interval[1], 0.0001);
    }
}
