using System.Net;

namespace NnService.Api.Tests.Tables;

/// <summary>What a CSV to predict says of its missing cells holds for that CSV.</summary>
[Collection(SharedService.Name)]
public sealed class ScoringMissingTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("models/scoring-missing/predict?missing=-999", "-999")]
    [InlineData("models/scoring-missing/predict?missing=xx", "xx")]
    [InlineData("/invocations?model=scoring-missing&missing=-999", "-999")]
    public async Task A_cell_that_is_called_missing_is_answered_as_an_empty_one(string path, string cell)
    {
        await Train();
        var empty = await _wire.PostCsv("models/scoring-missing/predict", "a,b\n,1\n");

        var answer = await _wire.PostCsv(path, $"a,b\n{cell},1\n");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        var value = answer.Json["predictions"]![0]!;
        Assert.Equal((double)empty.Json["predictions"]![0]!["value"]!, (double)(value is System.Text.Json.Nodes.JsonValue ? value : value["value"]!));
    }

    [Fact]
    public async Task A_table_that_the_model_was_trained_on_is_said_to_be_one()
    {
        await Train();

        var answer = await _wire.Post("models/scoring-missing/evaluate", """{"dataset":"scoring-missing"}""");

        Assert.StartsWith("This is the table the model was trained on", (string)answer.Json["warnings"]![0]!, StringComparison.Ordinal);
    }

    private async Task Train()
    {
        if ((await _wire.Get("models/scoring-missing")).Status == HttpStatusCode.OK)
            return;
        var rows = Enumerable.Range(0, 40).Select(row => $"{(row % 9 == 0 ? "" : $"{row % 7 * 1.5}")},{row % 5},{row % 7 + row % 5}.25\n");
        await _wire.PostCsv("datasets?name=scoring-missing", string.Concat(["a,b,y\n", .. rows]));
        await _wire.Train("""{"dataset":"scoring-missing","target":"y","task":"regression","epochs":2,"model":"scoring-missing"}""");
    }
}
