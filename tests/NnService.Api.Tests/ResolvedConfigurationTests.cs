using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using NnService.Api.Models;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;

namespace NnService.Api.Tests;

/// <summary>The configuration in a job's answer is one to post again: the same seed trains the same model, another seed another one.</summary>
public sealed class ResolvedConfigurationTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task It_takes_any_seed_also_where_the_split_changes_the_categories()
    {
        await _wire.PostCsv("datasets?name=towns", Towns());
        var first = await _wire.Train("""{"dataset":"towns","target":"y","epochs":1,"seed":1}""");

        var parameters = new HashSet<int>();
        for (var seed = 1; seed <= 20; seed++)
        {
            var configuration = first["configuration"]!.DeepClone();
            configuration["seed"] = seed;
            var validated = await _wire.Post("training-jobs?validateOnly=true", configuration.ToJsonString());
            Assert.True(validated.Status == HttpStatusCode.OK, validated.Text);
            parameters.Add((int)validated.Json["parameterCount"]!);
            await _wire.Train(configuration.ToJsonString());
        }

        Assert.True(parameters.Count > 1, "The split must change the categories, or this proves nothing.");
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_bits()
    {
        await _wire.PostCsv("datasets?name=towns", Towns());
        var first = await _wire.Train("""{"dataset":"towns","target":"y","epochs":3,"seed":7,"model":"towns-once"}""");
        var configuration = first["configuration"]!.DeepClone();
        Assert.Null(configuration["network"]!["inputs"]);

        configuration["model"] = "towns-twice";
        var second = await _wire.Train(configuration.ToJsonString());

        configuration["model"] = "towns-once";
        Assert.Equal(first["configuration"]!.ToJsonString(), configuration.ToJsonString());
        Assert.Equal(await HashOf("towns-once"), await HashOf("towns-twice"));
        Assert.Equal(first["metrics"]!.ToJsonString(), second["metrics"]!.ToJsonString());
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"maxCategories":null,"numeric":null,"transform":null}""", null)]
    [InlineData("""{"transform":"none"}""", "standardize")] // and stands there, as something was said
    public async Task A_column_that_nothing_is_to_differ_in_is_scaled_like_the_others(string column, string? resolved)
    {
        await _wire.PostCsv("datasets?name=incomes", "x,y\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{9000 + (i * 37 % 100)},{i % 7}\n")));
        const string Job = """{"dataset":"incomes","target":"y","task":"regression","epochs":2,"preprocessing":{"columns":COLUMNS}}""";

        var plain = await _wire.Train(Job.Replace("COLUMNS", "{}", StringComparison.Ordinal));
        var named = await _wire.Train(Job.Replace("COLUMNS", $$"""{"x":{{column}}}""", StringComparison.Ordinal));

        Assert.Equal(plain["trainLoss"]!.ToJsonString(), named["trainLoss"]!.ToJsonString());
        Assert.Equal(resolved, (string?)named["configuration"]!["preprocessing"]!["columns"]!["x"]?["numeric"]);
        var again = await _wire.Train(named["configuration"]!.ToJsonString());
        Assert.Equal(plain["trainLoss"]!.ToJsonString(), again["trainLoss"]!.ToJsonString());
    }

    [Fact]
    public void A_column_that_was_saved_with_nothing_to_scale_it_by_stays_as_it_was()
    {
        var saved = JsonNode.Parse("""
            {"preprocessing":{"columns":{"a":{},"b":{"shift":null,"scale":null,"transform":"none","numeric":null,"maxCategories":null},
             "c":{"maxCategories":3},"d":{"transform":"log1p"},"e":{"numeric":"standardize","transform":"none"},"f":{"shift":2}} } }
            """)!;

        var columns = StoredConfiguration.Of(saved, JsonNode.Parse("""{"layers":[]}""")!).Configuration.Preprocessing!.Columns!;

        Assert.Equal(
            [("a", 0, 1), ("b", 0, 1), ("c", null, null), ("d", null, null), ("e", null, null), ("f", 2, null)],
            columns.Select(column => (column.Key, column.Value.Shift, column.Value.Scale)));
    }

    // A job that was queued or paused before constants were ignored, and a model that is verified, have the inputs that they had.
    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{"ignoreConstants":true}""", true)]
    public void What_was_saved_before_constants_were_ignored_does_not_ignore_them(string preprocessing, bool ignored)
    {
        var saved = JsonNode.Parse($$"""{"preprocessing":{{preprocessing}} }""")!;

        Assert.Equal(ignored, StoredConfiguration.Of(saved, JsonNode.Parse("""{"layers":[]}""")!).Configuration.Preprocessing!.IgnoreConstants);
    }

    // The choice about constants came a day after the second rules, and those a day before they were a choice.
    [Theory]
    [InlineData("{}", TrainingRules.First)]
    [InlineData("""{"preprocessing":{"ignoreConstants":false}}""", TrainingRules.EqualWeights)]
    [InlineData("""{"preprocessing":{"ignoreConstants":true},"rulesVersion":0}""", TrainingRules.First)]
    public void What_was_saved_before_rules_were_a_choice_has_those_of_then(string saved, int rules)
    {
        Assert.Equal(rules, StoredConfiguration.ConfigurationOf(saved).RulesVersion);

        var lineage = ModelLineage.Stored($$"""{"source":"trainingJob","weightsSha256":"","configuration":{{saved}} }""");
        Assert.Equal(rules, (int)lineage.Configuration!["rulesVersion"]!);
    }

    [Fact]
    public async Task A_new_job_has_the_latest_rules_and_one_that_asks_for_others_those()
    {
        await _wire.Upload("iris", "iris.csv");
        const string Job = """{"dataset":"iris","target":"species","rulesVersion":RULES}""";

        var (left, first, later) = (await Ask("null"), await Ask("0"), await Ask("2"));

        Assert.Equal(TrainingRules.Latest, (int)left.Json["configuration"]!["rulesVersion"]!);
        Assert.Equal(TrainingRules.First, (int)first.Json["configuration"]!["rulesVersion"]!);
        Assert.Equal((400, "#/rulesVersion"), ((int)later.Status, (string?)later.Json["errors"]![0]!["pointer"]));

        Task<Answer> Ask(string rules) => _wire.Post("training-jobs?validateOnly=true", Job.Replace("RULES", rules, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Constants_are_ignored_unless_the_job_says_otherwise()
    {
        await _wire.PostCsv("datasets?name=year", "when,flag,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"2023-{1 + (i % 12):00}-0{1 + (i % 9)},true,{i % 7}.5\n")));
        const string Job = """{"dataset":"year","target":"y","features":["when","flag"],"epochs":1,"preprocessing":{"ignoreConstants":IGNORED}}""";

        var usual = await _wire.Train(Job.Replace("IGNORED", "null", StringComparison.Ordinal));
        var kept = await _wire.Train(Job.Replace("IGNORED", "false", StringComparison.Ordinal));

        Assert.True((bool)usual["configuration"]!["preprocessing"]!["ignoreConstants"]!);
        Assert.False((bool)kept["configuration"]!["preprocessing"]!["ignoreConstants"]!);
        Assert.Contains(usual["warnings"]!.AsArray(), warning => ((string)warning!).Contains("\"flag\" has one value in all training rows", StringComparison.Ordinal));
        Assert.DoesNotContain(kept["warnings"]!.AsArray(), warning => ((string)warning!).Contains("one value in all training rows", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Inputs_that_were_asked_for_are_still_checked()
    {
        await _wire.PostCsv("datasets?name=towns", Towns());

        var answer = await _wire.Post("training-jobs", """{"dataset":"towns","target":"y","epochs":1,"network":{"inputs":3,"layers":[{"type":"dense"}]}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/network/inputs", (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.StartsWith("The network takes 3 inputs; the features make ", (string?)answer.Json["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"batchSize\":999", true)]
    [InlineData("\"batchSize\":4", false)]
    [InlineData("\"batchSize\":999,\"order\":\"withReplacement\"", false)]
    [InlineData("\"epochs\":1", false)]
    public async Task A_minibatch_of_more_rows_than_there_are_is_warned_of(string said, bool isWarned)
    {
        await _wire.PostCsv("datasets?name=few", "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n");

        var answer = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"few","target":"y","features":["x"],{{said}}}""");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(
            isWarned ? ["batchSize is 999, and there are 6 rows to train on: each epoch is one minibatch of all of them."] : [],
            answer.Json["warnings"]!.AsArray().Select(warning => (string)warning!).Where(warning => warning.Contains("batchSize", StringComparison.Ordinal)));
    }

    // Sixty towns, most of them with one row or two: which of them the training part holds, the seed says.
    private static string Towns() =>
        "x,town,y\n" + string.Concat(Enumerable.Range(0, 100)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{i * 37 % 101}.5,town{i * i % 61},{(i * 13 % 29) + 0.25}\n")));

    private async Task<string> HashOf(string model)
    {
        var lineage = (await _wire.Get($"models/{model}/versions/1/lineage")).Json;
        return (string)(lineage["weightsSha256"] ?? throw new InvalidOperationException(lineage.ToJsonString()))!;
    }
}
