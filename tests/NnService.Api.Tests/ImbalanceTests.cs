using System.Globalization;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>What is said where the accuracy hides that a rare label is missed.</summary>
public sealed class ImbalanceTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    // 1,000 rows, 209 of them "yes". The model, the sigmoid of 10 x − 5, says "yes" where x is 1:
    // in 21 of those, and in 12 others, an accuracy of 0.8 against 0.791.
    [Fact]
    public async Task The_verdict_names_the_label_that_is_missed_and_its_recall()
    {
        await Upload("rare", yesFound: 21, yesMissed: 188, noFound: 779, noMissed: 12);
        await Model("rare");

        var answer = (await _wire.Post("models/rare/evaluate", """{"dataset":"rare"}""")).Json;

        Assert.Equal(0.8, (double)answer["metrics"]!["accuracy"]!);
        var perClass = answer["metrics"]!["perClass"]!.AsArray();
        Assert.Equal(["label", "precision", "recall", "f1", "rows"], perClass[1]!.AsObject().Select(member => member.Key));
        Assert.Equal(["no", "yes"], perClass.Select(label => (string)label!["label"]!));
        Assert.Equal([791, 209], perClass.Select(label => (int)label!["rows"]!));
        Assert.Equal(21.0 / 33, (double)perClass[1]!["precision"]!, 1e-12);
        Assert.Equal(21.0 / 209, (double)perClass[1]!["recall"]!, 1e-12);
        Assert.Equal(42.0 / 242, (double)perClass[1]!["f1"]!, 1e-12);
        Assert.Contains(
            "The accuracy hides an imbalance: 79.1 % of the rows are \"no\", and of the 209 rows of \"yes\" it finds 21 and misses 90 % "
            + "(recall 0.1; perClass has every label). Its balanced accuracy is 0.543; the same answer for every row has 0.5. "
            + "Class weights, or another threshold in predictions, find more of them, at the price of false alarms.",
            (string)answer["verdict"]!, StringComparison.Ordinal);
    }

    // Of the 100 "yes" half are found, of weight 0.1; 50 of weight 1 are missed: what is counted is not what is weighed.
    [Theory]
    [InlineData("weighed", 1, "of the 100 rows of \"yes\" it finds 9.1 % by weight and misses 90.9 %")]
    [InlineData("weighed-by-one", 1e-6, null)] // a sixth of the weight of "yes" is one row's, and the rest is found
    public async Task Of_rows_with_weights_shares_are_told_and_no_counts(string name, double missedWeight, string? says)
    {
        var csv = new StringBuilder("x,y,w\n");
        for (var part = 0; part < 2; part++) // the rows to learn from, and the same to test by
            for (var row = 0; row < 1000; row++)
                csv.Append(CultureInfo.InvariantCulture, $"{(row < 50 ? 1 : 0)},{(row < 100 ? "yes" : "no")},{(row < 50 ? 0.1 : row == 50 || row >= 100 ? 1 : missedWeight)}\n");
        await _wire.PostCsv($"datasets?name={name}", csv.ToString());

        var metrics = (await _wire.Train(Job(name, """{"train":0.5,"validation":0,"test":0.5,"method":"sequential"}""", ""","rowWeights":"w" """)))["metrics"]!;

        var verdict = (string)metrics["verdict"]!;
        Assert.Equal(50, (int)metrics["test"]!["confusionMatrix"]!["counts"]![1]![1]!);
        if (says is null)
            Assert.DoesNotContain("imbalance", verdict, StringComparison.Ordinal);
        else
            Assert.Contains(says, verdict, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fair", 150, 59, 771, 20)] // most of the rare label is found
    [InlineData("even", 240, 260, 480, 20)] // the labels are equally frequent, and the accuracy says it
    [InlineData("tiny", 0, 1, 38, 3)] // one row proves nothing
    public async Task Nothing_is_said_where_nothing_hides(string name, int yesFound, int yesMissed, int noFound, int noMissed)
    {
        await Upload(name, yesFound, yesMissed, noFound, noMissed);
        await Model(name);

        var verdict = (string)(await _wire.Post($"models/{name}/evaluate", $$"""{"dataset":"{{name}}"}""")).Json["verdict"]!;

        Assert.DoesNotContain("imbalance", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_has_every_label_in_its_metrics_and_its_baselines_have_not()
    {
        await _wire.Upload("rare-iris", "iris.csv");

        var metrics = (await _wire.Train("""{"dataset":"rare-iris","target":"species","epochs":5,"model":"rare-iris"}"""))["metrics"]!;

        foreach (var part in (string[])["train", "validation", "test"])
            Assert.Equal(["setosa", "versicolor", "virginica"], metrics[part]!["perClass"]!.AsArray().Select(label => (string)label!["label"]!));
        Assert.False(metrics["baselines"]!["trivial"]!.AsObject().ContainsKey("perClass"));
    }

    // Two thousand parameters for 120 rows, chosen by the service or by the caller.
    [Fact]
    public async Task The_service_does_not_warn_of_the_network_it_has_chosen_itself()
    {
        await _wire.Upload("own-iris", "iris.csv");
        const string Warned = "it can learn them by heart";
        var own = (await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"own-iris","target":"species"}""")).Json;
        Assert.True((int)own["parameterCount"]! > 120 * 3, $"{own["parameterCount"]}");

        var asked = (await _wire.Post("training-jobs?validateOnly=true", """
            {"dataset":"own-iris","target":"species",
             "network":{"layers":[{"type":"dense","units":256,"activation":"relu"},{"type":"dense","activation":"softmax"}]} }
            """)).Json;

        Assert.DoesNotContain(own["warnings"]!.AsArray(), warning => ((string)warning!).Contains(Warned, StringComparison.Ordinal));
        Assert.Contains(asked["warnings"]!.AsArray(), warning => ((string)warning!).Contains(Warned, StringComparison.Ordinal));
    }

    private async Task Upload(string name, int yesFound, int yesMissed, int noFound, int noMissed)
    {
        var csv = new StringBuilder("x,y\n");
        foreach (var (count, line) in new[] { (yesFound, "1,yes"), (yesMissed, "0,yes"), (noFound, "0,no"), (noMissed, "1,no") })
            for (var i = 0; i < count; i++)
                csv.Append(CultureInfo.InvariantCulture, $"{line}\n");
        await _wire.PostCsv($"datasets?name={name}", csv.ToString());
    }

    // Its weights are given and hardly move: a model made without a job would have no baselines, and no verdict about them.
    private async Task Model(string name) => await _wire.Train(Job(name));

    private static string Job(string name, string split = """{"train":1,"validation":0,"test":0}""", string more = "") => $$"""
        {"dataset":"{{name}}"{{more}},"target":"y","features":["x"],"network":{"layers":[{"type":"dense","weights":[[10]],"bias":[-5]}] },
         "preprocessing":{"columns":{"x":{"shift":0,"scale":1} } },"optimizer":{"type":"sgd","learningRate":1e-9},"epochs":1,"classWeights":"none",
         "split":{{split}},"model":"{{name}}"}
        """;
}
