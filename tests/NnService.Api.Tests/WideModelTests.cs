using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Models of as many columns as a table may have, asked in every order.</summary>
[Collection(SharedService.Name)]
public sealed class WideModelTests(TestService service)
{
    private const int Most = 16_384;

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_model_of_more_features_than_a_table_has_columns_is_refused()
    {
        var answer = await Make("wide-too-much", Most + 1);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/network", (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.StartsWith("The network has 16,385 inputs; a model takes at most 16,384 features", (string?)answer.Json["errors"]![0]!["detail"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("models/wide-too-much")).Status);
    }

    [Fact]
    public async Task Columns_in_any_order_are_found_by_name()
    {
        Assert.Equal(HttpStatusCode.Created, (await Make("wide", Most)).Status);
        var names = Enumerable.Range(1, Most).ToArray();
        var expected = (await Ask(names)).Text;
        Assert.StartsWith("""{"model":"wide","version":1,"predictions":[{"value":""", expected);
        new Random(1).Shuffle(names);

        Assert.Equal(expected, (await Ask(names)).Text);
        Assert.Equal(expected, (await Ask([.. Enumerable.Range(1, Most).Reverse()])).Text);
    }

    // Weights and values of small whole numbers, so that the sum is exact in whichever form the row comes.
    private Task<Answer> Make(string name, int inputs) => _wire.Post(
        "models",
        new JsonObject
        {
            ["name"] = name,
            ["network"] = new JsonObject
            {
                ["layers"] = new JsonArray(new JsonObject
                {
                    ["type"] = "dense",
                    ["weights"] = new JsonArray([.. Enumerable.Range(1, inputs).Select(i => new JsonArray(i % 7))]),
                    ["bias"] = new JsonArray(0),
                }),
            },
        }.ToJsonString());

    private Task<Answer> Ask(IEnumerable<int> order) =>
        _wire.Post("models/wide/predict", $$$"""{"rows":[{{{{string.Join(',', order.Select(i => $"\"x{i}\":{i % 11}"))}}}}]}""");
}
