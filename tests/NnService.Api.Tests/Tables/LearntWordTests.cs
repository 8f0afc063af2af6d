using System.Globalization;
using System.Net;

namespace NnService.Api.Tests.Tables;

/// <summary>A word that a model has learnt is that word, whether its row comes in a CSV or in a stored dataset whose column was read as numbers; and where a
/// dataset's column is of another type, its first such cell is named.</summary>
[Collection(SharedService.Name)]
public sealed class LearntWordTests(TestService service)
{
    private static readonly string[] s_words = ["S", "10", "12", "014", "9.50", "-", "True"];

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("size,x,y\n10,0.1,3\n12,0.2,1\n014,0.5,1\n9.50,0.3,1\n", "number")]
    [InlineData("size,x,y\n10,0.1,3\n-,0.2,1\n-,0.5,1\n", "number")]
    [InlineData("size,x,y\nTrue,0.1,3\nTrue,0.2,1\n", "boolean")]
    [InlineData("size,x,y\n10,0.1,3\n12,0.2,1\n", "number")]
    public async Task Words_among_numbers_answer_alike_from_a_dataset_and_a_CSV(string csv, string type)
    {
        var (model, test) = ($"words-{Guid.NewGuid():N}", $"words-{Guid.NewGuid():N}");
        var rows = Enumerable.Range(0, 70).Select(i => $"{s_words[i % s_words.Length]},{Text(i * 37 % 11 / 10.0)},{i % 7}\n");
        await _wire.PostCsv($"datasets?name={model}", "size,x,y\n" + string.Concat(rows));
        await _wire.Train($$"""
            {"dataset":"{{model}}","target":"y","task":"regression","epochs":3,"network":{"layers":[{"type":"dense"}]},
             "optimizer":{"type":"sgd","learningRate":0.1} }
            """);
        var profile = (await _wire.PostCsv($"datasets?name={test}", csv)).Json;
        Assert.Equal(type, (string?)profile["columns"]![0]!["type"]);

        var posted = await _wire.PostCsv($"models/{model}/predict", csv);
        var stored = await _wire.Post($"models/{model}/predict", $$"""{"dataset":"{{test}}"}""");

        Assert.True(stored.Status == HttpStatusCode.OK, stored.Text);
        Assert.Equal(posted.Json.ToJsonString(), stored.Json.ToJsonString());
        var measured = (await _wire.PostCsv($"models/{model}/evaluate", csv)).Json;
        var evaluated = (await _wire.Post($"models/{model}/evaluate", $$"""{"dataset":"{{test}}"}""")).Json;
        Assert.Equal(measured["loss"]!.ToJsonString(), evaluated["loss"]!.ToJsonString());
        Assert.Equal(measured["warnings"]!.ToJsonString(), evaluated["warnings"]!.ToJsonString());
    }

    [Fact]
    public async Task Labels_among_numbers_are_those_that_were_learnt()
    {
        await _wire.PostCsv("datasets?name=label-words", "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i % 7},{s_words[i % 5]}\n")));
        await _wire.Train("""{"dataset":"label-words","target":"y","epochs":1,"network":{"layers":[{"type":"dense"}]} }""");
        const string Csv = "x,y\n1,014\n2,9.50\n3,10\n";
        await _wire.PostCsv("datasets?name=label-words-test", Csv);

        var posted = (await _wire.PostCsv("models/label-words/evaluate", Csv)).Json;
        var stored = (await _wire.Post("models/label-words/evaluate", """{"dataset":"label-words-test"}""")).Json;

        Assert.Equal(3, (int)stored["rows"]!);
        Assert.Equal(posted["metrics"]!.ToJsonString(), stored["metrics"]!.ToJsonString());
        Assert.Equal("number", (string?)(await _wire.Get("datasets/label-words-test")).Json["columns"]![1]!["type"]); // the dataset is as it was
    }

    [Theory]
    [InlineData("x,y\n1,2\n2,3\ntwo,4\n", "")]
    [InlineData("x,y\n1,2\n2,3\ntwo,4\n", "&types=x:text")]
    public async Task The_first_cell_of_another_type_is_named(string csv, string query)
    {
        var test = $"unfit-{Guid.NewGuid():N}";
        await _wire.Post("models", """
            {"name":"unfit-half","features":["x"],"target":"y","network":{"layers":[{"type":"dense","weights":[[0.5]],"bias":[2]}]}}
            """);
        await _wire.PostCsv($"datasets?name={test}{query}", csv);

        foreach (var call in (string[])["predict", "evaluate"])
        {
            var answer = await _wire.Post($"models/unfit-half/{call}", $$"""{"dataset":"{{test}}"}""");

            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Equal(
                "Column \"x\" must hold numbers, as in training; this table's holds text, such as \"two\" in row 2 (counted from 0).",
                (string?)answer.Json["detail"]);
            Assert.Equal("#/dataset", (string?)answer.Json["errors"]![0]!["pointer"]);
        }
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
