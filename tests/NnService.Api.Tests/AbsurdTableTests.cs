using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>What in a table, or at the end of a training, spoils a model without an error: extreme cells, categories without an input, targets that do not
/// vary, losses beyond all measure.</summary>
public sealed class AbsurdTableTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("10000", "standardize", 1000)]
    [InlineData("-10000", "standardize", 1000)]
    [InlineData("10000", "minMax", 1000)]
    [InlineData("10000", "none", 1000)]
    [InlineData("1e300", "standardize", 1000)]
    [InlineData("400", "standardize", 1000)]
    [InlineData("100000", "standardize", 30)]
    [InlineData("1e6", "standardize", 12_000)]
    public async Task One_extreme_cell_is_named_with_its_row(string cell, string numeric, int rows)
    {
        var name = await Upload(
            "a,b,kind", rows, i => $"{(i == 17 ? cell : Number(Bell(i)))},{Number(Bell(i + 5000))},{(Bell(i) + Bell(i + 5000) > 0 ? "x" : "y")}");

        var warning = Assert.Single(await Extremes(name, "kind", $$""" "preprocessing":{"numeric":"{{numeric}}"} """));

        var value = double.Parse(cell, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        Assert.StartsWith($"Column \"a\" holds an extreme value: {value} in row 17 (counted from 0). Without it the standard "
            + "deviation would be ", warning, StringComparison.Ordinal);
        Assert.EndsWith(": beside it all other values look alike. Correct it, or set \"preprocessing\": {\"numeric\": "
            + "\"robust\"}.", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_extreme_cells_are_counted_and_the_first_named()
    {
        var name = await Upload(
            "a,b,kind", 1000, i =>
            $"{(i % 100 == 3 ? "-9999" : Number(Bell(i)))},{(i == 1 ? "1e9" : i == 2 ? "30000" : Number(i % 7))},{(Bell(i) > 0 ? "x" : "y")}");

        var warnings = await Extremes(name, "kind", """ "preprocessing":{"numeric":"standardize"} """);

        Assert.StartsWith("Column \"a\" holds 10 extreme values: -9999 in row 3, -9999 in row 103, -9999 in row 203 … (counted from 0). Without them "
            + "the standard deviation would be ", warnings[0], StringComparison.Ordinal);
        Assert.StartsWith("Column \"b\" holds 2 extreme values: 1000000000 in row 1, 30000 in row 2 (counted from 0). Without them the standard "
            + "deviation would be 2 instead of ", warnings[1], StringComparison.Ordinal);
        Assert.Equal(2, warnings.Length);
    }

    [Fact]
    public async Task An_extreme_target_or_date_is_named_too()
    {
        var name = await Upload(
            "a,day,y", 1000, i =>
            $"{Number(Bell(i))},{(i == 40 ? "9999-12-31" : $"2024-0{1 + (i % 9)}-{10 + (i % 17)}")},{(i == 41 ? "-1e7" : Number(Bell(i + 99)))}");

        var warnings = await Extremes(name, "y");

        Assert.StartsWith("Column \"day\" holds an extreme value: 9999-12-31 in row 40 (counted from 0). Without it the standard "
            + "deviation would be ", warnings[0], StringComparison.Ordinal);
        Assert.EndsWith(" days: beside it all other values look alike. Correct it, or leave the cell empty.", warnings[0], StringComparison.Ordinal);
        Assert.StartsWith("The target \"y\" holds an extreme value: -10000000 in row 41 (counted from 0). Without it the standard "
            + "deviation would be ", warnings[1], StringComparison.Ordinal);
        Assert.EndsWith(": beside it all other values look alike. Correct it, or leave the row out.", warnings[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "preprocessing":{"numeric":"robust"} """)]
    [InlineData(""" "preprocessing":{"columns":{"a":{"shift":0,"scale":1}}} """)]
    [InlineData(""" "features":["b"] """)]
    public async Task Who_has_seen_to_it_is_not_told_again(string members)
    {
        var name = await Upload("a,b,kind", 1000, i => $"{(i == 17 ? "10000" : Number(Bell(i)))},{Number(Bell(i + 5000))},{(Bell(i) > 0 ? "x" : "y")}");

        Assert.Empty(await Extremes(name, "kind", members));
    }

    [Fact]
    public async Task Robust_scaling_heals_what_one_cell_spoils()
    {
        var name = await Upload("a,b,kind", 1000, i => $"{(i == 17 ? "10000" : Number(Bell(i)))},{Number(Bell(i + 5000))},{(Bell(i) > 0 ? "x" : "y")}");

        var spoilt = await _wire.Train($$"""{"dataset":"{{name}}","target":"kind","recipe":"fast","epochs":40,"model":"{{name}}-spoilt","preprocessing":{"numeric":"standardize"} }""");
        var healed = await _wire.Train($$"""{"dataset":"{{name}}","target":"kind","recipe":"fast","epochs":40,"model":"{{name}}-healed","preprocessing":{"numeric":"robust"} }""");
        var chosen = await _wire.Train($$"""{"dataset":"{{name}}","target":"kind","recipe":"fast","epochs":40,"model":"{{name}}-chosen"}""");

        Assert.InRange((double)spoilt["metrics"]!["test"]!["accuracy"]!, 0, 0.95);
        Assert.InRange((double)healed["metrics"]!["test"]!["accuracy"]!, 0.96, 1);
        Assert.InRange((double)chosen["metrics"]!["test"]!["accuracy"]!, 0.96, 1);
    }

    [Fact]
    public async Task A_column_with_an_extreme_cell_is_scaled_by_its_quartiles_and_the_configuration_says_so()
    {
        var name = await Upload("a,b,kind", 1000, i => $"{(i == 17 ? "10000" : Number(Bell(i)))},{Number(Bell(i + 5000))},{(Bell(i) > 0 ? "x" : "y")}");

        var first = await _wire.Train($$"""
            {"dataset":"{{name}}","target":"kind","epochs":2,"split":{"train":0.8,"validation":0,"test":0.2,"method":"sequential"},"model":"{{name}}-1"}
            """);

        var warning = (string)Assert.Single(first["warnings"]!.AsArray(), warning => ((string)warning!).Contains("extreme", StringComparison.Ordinal))!;
        Assert.StartsWith("Column \"a\" holds an extreme value: 10000 in row 17 (counted from 0).", warning, StringComparison.Ordinal);
        Assert.Contains("So it is scaled by its median and quartiles, and bent to ±3 (robustClip", warning, StringComparison.Ordinal);
        var configuration = first["configuration"]!.DeepClone();
        Assert.Equal("standardize", (string?)configuration["preprocessing"]!["numeric"]);
        Assert.Equal(["a"], configuration["preprocessing"]!["columns"]!.AsObject().Select(column => column.Key));
        Assert.Equal("robustClip", (string?)configuration["preprocessing"]!["columns"]!["a"]!["numeric"]);
        configuration["model"] = $"{name}-2";
        var second = await _wire.Train(configuration.ToJsonString());
        Assert.Equal(first["metrics"]!.ToJsonString(), second["metrics"]!.ToJsonString());
        Assert.DoesNotContain(second["warnings"]!.AsArray(), again => ((string)again!).Contains("extreme", StringComparison.Ordinal)); // it is meant now
    }

    [Theory]
    [InlineData(17)] // of the training part
    [InlineData(15_000)] // of the validation part, which says when the training ends
    public async Task A_column_with_a_value_far_out_is_scaled_by_its_quartiles(int row)
    {
        var name = await Upload("a,b,y", 20_000, i => $"{(i == row ? "40" : Number(Bell(i)))},{Number(Bell(i + 5000))},{Number(Bell(i) + Bell(i + 5000))}");
        const string split = """ "split":{"train":0.7,"validation":0.2,"test":0.1,"method":"sequential"} """;

        var validated = (await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"y",{{split}} }""")).Json;

        var warning = (string)Assert.Single(validated["warnings"]!.AsArray(), warning => ((string)warning!).Contains("as far from the median", StringComparison.Ordinal))!;
        Assert.StartsWith($"Column \"a\" holds 40 in row {row} (counted from 0), 2", warning, StringComparison.Ordinal);
        Assert.Equal("robustClip", (string?)validated["configuration"]!["preprocessing"]!["columns"]!["a"]!["numeric"]);
        Assert.Null(validated["configuration"]!["preprocessing"]!["columns"]!["b"]);
        var standardized = await Warnings(name, "y", split + ""","preprocessing":{"numeric":"standardize"}""");
        Assert.DoesNotContain(standardized, other => other.Contains("as far from the median", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("iris.csv", "species")]
    [InlineData("penguins.csv", "species")]
    [InlineData("breast_cancer.csv", "diagnosis")]
    [InlineData("diabetes.csv", "progression")]
    [InlineData("digits.csv", "digit")]
    [InlineData("toy_heights.csv", "gender")]
    [InlineData("toy_sixteen_points.csv", "label")]
    public async Task Ordinary_tables_are_not_accused(string file, string target)
    {
        var name = $"absurd-{Path.GetFileNameWithoutExtension(file).Replace('_', '-')}";
        await _wire.Upload(name, file);

        var warnings = await Warnings(name, target);

        Assert.DoesNotContain(
            warnings, warning =>
            warning.Contains("extreme", StringComparison.Ordinal) || warning.Contains("share one input", StringComparison.Ordinal)
            || warning.Contains("as far from the median", StringComparison.Ordinal)
            || warning.Contains("nothing to learn", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("exponential")]
    [InlineData("logNormal")]
    [InlineData("counts")]
    [InlineData("flags")]
    [InlineData("rareAmounts")]
    [InlineData("lastContact")]
    public async Task Skewed_columns_are_not_called_extreme(string kind)
    {
        var name = await Upload("a,b,kind", 2000, i => $"{Number(Skewed(kind, i))},{Number(Bell(i))},{(Bell(i) > 0 ? "x" : "y")}");

        Assert.Empty(await Extremes(name, "kind"));
    }

    [Theory]
    [InlineData("kind", """ "preprocessing":{"maxCategories":64} """)]
    [InlineData("y", """ "preprocessing":{"maxCategories":64} """)]
    [InlineData("kind", """ "preprocessing":{"maxCategories":8} """)]
    public async Task Pooled_categories_that_tell_the_target_are_named(string target, string members)
    {
        var name = await Upload("town,b,kind,y", 2000,
            i => $"t{i * 7 % 100:00},{Number(Bell(i))},{(i * 7 % 100 % 2 == 0 ? "x" : "y")},{Number((i * 7 % 100 % 5) + (0.1 * Bell(i)))}");

        var most = members.Contains("64", StringComparison.Ordinal) ? 64 : 8;
        var warning = Assert.Single(await Warnings(name, target, members), warning => warning.Contains("share one input", StringComparison.Ordinal));

        Assert.StartsWith($"Column \"town\" has 100 categories in the training rows, and the {100 - most} rarest share one input "
            + $"(preprocessing.maxCategories is {most}), although telling them apart explains ", warning, StringComparison.Ordinal);
        Assert.EndsWith(" of the target's variance. Set \"preprocessing\": {\"maxCategories\": 100}.", warning, StringComparison.Ordinal);
        Assert.DoesNotContain(
            await Warnings(name, target, """ "preprocessing":{"maxCategories":100} """), there => there.Contains("share one input", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_hundred_categories_that_tell_the_target_are_told_apart_by_default()
    {
        var name = await Upload("town,b,y", 4000, i => $"t{i * 7 % 200:000},{Number(Bell(i))},{Number((i * 7 % 200 * 37 % 101) + (0.1 * Bell(i + 9)))}");

        var first = await _wire.Train($$"""{"dataset":"{{name}}","target":"y","recipe":"fast","epochs":60,"model":"{{name}}-1"}""");

        Assert.InRange((double)first["metrics"]!["test"]!["r2"]!, 0.98, 1);
        Assert.DoesNotContain(first["warnings"]!.AsArray(), warning => ((string)warning!).Contains("share one input", StringComparison.Ordinal));
        var configuration = first["configuration"]!.DeepClone();
        Assert.Equal(64, (int)configuration["preprocessing"]!["maxCategories"]!);
        Assert.Equal(200, (int)configuration["preprocessing"]!["columns"]!["town"]!["maxCategories"]!);
        (configuration["model"], configuration["epochs"]) = ($"{name}-2", 2);
        var second = await _wire.Train(configuration.ToJsonString());
        configuration["model"] = $"{name}-3";
        Assert.Equal(second["metrics"]!.ToJsonString(), (await _wire.Train(configuration.ToJsonString()))["metrics"]!.ToJsonString());
    }

    [Fact]
    public async Task A_single_category_beyond_the_cap_does_not_share_an_input_with_itself()
    {
        var name = await Upload("town,b,y", 2000, i => $"t{(i == 7 ? 64 : i % 64)},{Number(Bell(i))},{Number(Bell(i + 9))}");

        var answer = (await _wire.Post(
            "training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"y","split":{"method":"sequential","train":0.8,"validation":0.1,"test":0.1} }""")).Json;

        Assert.Equal(65, (int)answer["configuration"]!["preprocessing"]!["columns"]!["town"]!["maxCategories"]!);
        Assert.DoesNotContain(answer["warnings"]!.AsArray(), warning => ((string)warning!).Contains("share one input", StringComparison.Ordinal));
    }

    // 54 towns of many rows, and 150 of two or three: these say nothing, or their number tells the target.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rare_categories_share_an_input_unless_they_tell_the_target(bool areTold)
    {
        var name = await Upload("town,b,kind", 4000, i => i % 10 != 0
            ? $"t{i % 60:00},{Number(Bell(i))},{(Bell(i + 3) > 0 ? "x" : "y")}"
            : $"r{i / 10 % 150:000},{Number(Bell(i))},{((areTold ? i / 10 % 150 % 2 == 0 : Bell(i + 3) > 0) ? "x" : "y")}");

        var answer = (await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"kind"}""")).Json;

        var pooled = answer["warnings"]!.AsArray().Select(warning => (string)warning!)
            .Where(warning => warning.Contains("share one input", StringComparison.Ordinal));
        var columns = answer["configuration"]!["preprocessing"]!["columns"]!.AsObject();
        if (areTold)
        {
            Assert.Empty(pooled);
            Assert.InRange((int)columns["town"]!["maxCategories"]!, 200, 210);
        }
        else
        {
            Assert.Matches("^Column \"town\" has 2[0-9]+ categories in the training rows, and the 1[0-9]+ rarest share one input\\.", Assert.Single(pooled));
            Assert.Empty(columns); // 64, as everywhere
        }
    }

    [Theory]
    [InlineData("kind")]
    [InlineData("y")]
    public async Task Pooled_categories_that_say_nothing_are_not(string target)
    {
        var name = await Upload("town,b,kind,y", 2000, i => $"t{i * 7 % 100:00},{Number(Bell(i))},{(Bell(i + 3) > 0 ? "x" : "y")},{Number(Bell(i + 11))}");

        Assert.DoesNotContain(await Warnings(name, target), warning => warning.Contains("share one input", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_target_that_does_not_vary_is_named()
    {
        var name = await Upload("a,y,z,kind", 50, i => $"{Number(Bell(i))},5.5,{(i < 40 ? "7.5" : "8.5")},{(i < 40 ? "p" : "q")}");

        Assert.Contains("The target \"y\" is 5.5 in every training row: there is nothing to learn.", await Warnings(name, "y"));
        Assert.Contains("The target \"z\" is 7.5 in every training row: there is nothing to learn.",
            await Warnings(name, "z", """ "split":{"train":0.8,"validation":0,"test":0.2,"method":"sequential"} """));
        Assert.Contains("The target \"kind\" is \"p\" in every training row: there is nothing to learn.",
            await Warnings(name, "kind", """ "split":{"train":0.8,"validation":0,"test":0.2,"method":"sequential"} """));
        Assert.DoesNotContain(await Warnings(name, "z"), warning => warning.Contains("nothing to learn", StringComparison.Ordinal));
        var several = (await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":["a","y"]}""")).Json;
        Assert.Contains(several["warnings"]!.AsArray(), warning => (string?)warning == "The target \"y\" is 5.5 in every training row: there is "
            + "nothing to learn.");
        Assert.Equal("succeeded", (string?)(await _wire.Train($$"""{"dataset":"{{name}}","target":"y","epochs":2}"""))["state"]);
    }

    [Fact]
    public async Task A_final_loss_beyond_all_measure_is_warned_of()
    {
        var name = await Upload(
            "a,b,y,kind", 100, i => $"{Number(Bell(i))},{Number(Bell(i + 7))},{Number(Bell(i) + Bell(i + 7))},{(Bell(i + 500) > 0 ? "x" : "y")}");

        // A rate of 100: each step makes the error some hundred times as large.
        var regression = await _wire.Train($$"""
            {"dataset":"{{name}}","target":"y","epochs":3,"precision":"float64","optimizer":{"type":"sgd","learningRate":100},"split":{"validation":0},
             "network":{"layers":[{"type":"dense"}]},"model":"{{name}}-y"}
            """);
        var running = await _wire.Train($$"""
            {"dataset":"{{name}}","target":"kind","epochs":3,"precision":"float64","optimizer":{"type":"sgd","learningRate":1e9},"split":{"validation":0},"historyLoss":"running",
             "network":{"layers":[{"type":"dense","activation":"sigmoid"}]},"model":"{{name}}-kind"}
            """);

        Assert.InRange((double)regression["trainLoss"]!, 1e6, double.MaxValue);
        AssertAbsurd(regression);
        AssertAbsurd(running);
        var listed = (await _wire.Get($"training-jobs/{regression["id"]}")).Json;
        Assert.Equal(regression["warnings"]!.ToJsonString(), listed["warnings"]!.ToJsonString());
        var sane = await _wire.Train(
            $$"""{"dataset":"{{name}}","target":"y","epochs":3,"optimizer":{"type":"sgd","learningRate":1e-9},"network":{"layers":[{"type":"dense"}]} }""");
        Assert.DoesNotContain(sane["warnings"]!.AsArray(), warning => ((string)warning!).StartsWith("The training ended with", StringComparison.Ordinal));
    }

    private static void AssertAbsurd(JsonNode job)
    {
        var warning = Assert.Single(job["warnings"]!.AsArray(), warning => ((string)warning!).StartsWith("The training ended with "
            + "a loss of ", StringComparison.Ordinal));
        Assert.Contains(" times that of the same answer for every row", (string?)warning, StringComparison.Ordinal);
        Assert.EndsWith("Lower the learning rate, clip the gradient (gradientClipNorm), or scale the inputs.", (string?)warning, StringComparison.Ordinal);
    }

    // About a standard normal distribution: the sum of twelve uniform numbers less six.
    private static double Bell(int i)
    {
        var random = new Random(i);
        var sum = -6.0;
        for (var k = 0; k < 12; k++)
            sum += random.NextDouble();
        return Math.Round(sum, 4);
    }

    private static double Skewed(string kind, int i) => kind switch
    {
        "exponential" => Math.Exp(1.2 * Math.Abs(Bell(i))),
        "logNormal" => Math.Round(Math.Exp(2 * Bell(i)), 6),
        "counts" => i % 50 == 0 ? 1 + (i / 50 % 9) : 0,
        "flags" => i % 100 == 0 ? 1 : 0,
        "rareAmounts" => i % 20 == 0 ? Math.Round(Math.Exp(6 + Bell(i)), 2) : 0,
        _ => i % 25 == 0 ? i / 25 % 28 : 999, // days since the last contact; 999: never
    };

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private async Task<string> Upload(string header, int rows, Func<int, string> row)
    {
        var name = $"absurd-{Guid.NewGuid():N}";
        var answer = await _wire.PostCsv($"datasets?name={name}", header + "\n" + string.Concat(Enumerable.Range(0, rows).Select(i => row(i) + "\n")));
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return name;
    }

    private async Task<string[]> Extremes(string dataset, string target, string members = "") =>
        [.. (await Warnings(dataset, target, members)).Where(warning => warning.Contains("extreme", StringComparison.Ordinal))];

    private async Task<string[]> Warnings(string dataset, string target, string members = "")
    {
        var answer = await _wire.Post(
            "training-jobs?validateOnly=true", $$"""{"dataset":"{{dataset}}","target":"{{target}}"{{(members.Length > 0 ? "," : "")}}{{members}} }""");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return [.. answer.Json["warnings"]!.AsArray().Select(warning => (string)warning!)];
    }
}
