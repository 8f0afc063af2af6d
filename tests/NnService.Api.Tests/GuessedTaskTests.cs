using System.Net;

namespace NnService.Api.Tests;

/// <summary>Few whole numbers as a target are taken for classes. Where the job is then refused, the refusal says that this was a guess, and how to say
/// otherwise.</summary>
public sealed class GuessedTaskTests(TestService service) : IClassFixture<TestService>
{
    private const string Twelve = "Column \"y\" holds 12 different whole numbers and was taken for classes (multiclassClassification); to predict it "
        + "as a number, set task to regression: \"task\": \"regression\".";
    private const string Two = "Column \"y\" holds 2 different whole numbers and was taken for classes (binaryClassification); to predict it as a "
        + "number, set task to regression: \"task\": \"regression\".";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData(12, """ "network":{"layers":[{"type":"dense","units":1}]} """,
        "#/network/layers/0/units", "The last layer has 1 unit; the target needs 12. " + Twelve)]
    [InlineData(12, """ "network":{"layers":[{"type":"dense","units":3,"activation":"softmax"}]} """,
        "#/network/layers/0/units", "The last layer has 3 units; the target needs 12.")]
    [InlineData(12, """ "network":{"layers":[{"type":"dense"}]},"loss":"meanSquaredError" """,
        "#/network/layers/0/activation", "A classifier with an output for each label ends in softmax, or in linear with softmaxCrossEntropy. " + Twelve)]
    [InlineData(2, """ "network":{"layers":[{"type":"dense","units":1}]},"loss":"meanSquaredError" """,
        "#/network/layers/0/activation", "A classifier with one output ends in sigmoid, or in linear with binaryCrossEntropy. " + Two)]
    [InlineData(1, """ "epochs":1 """, "#/target",
        "Column \"y\" holds one label only; there is nothing to tell apart. Column \"y\" holds 1 whole number and was taken for classes "
        + "(binaryClassification); to predict it as a number, set task to regression: \"task\": \"regression\".")]
    [InlineData(12, """ "epochs":0 """, "#/epochs", "epochs is 0; it must be at least 1 and at most 10000000.")]
    [InlineData(12, """ "task":"multiclassClassification","network":{"layers":[{"type":"dense","units":1}]} """,
        "#/network/layers/0/units", "The last layer has 1 unit; the target needs 12.")]
    public async Task A_refusal_that_follows_from_the_guess_says_so(int values, string members, string pointer, string detail)
    {
        var name = await Upload(values);

        var answer = await _wire.Post("training-jobs", $$"""{"dataset":"{{name}}","target":"y",{{members}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        var error = Assert.Single(answer.Json["errors"]!.AsArray(), error => (string?)error!["pointer"] == pointer);
        Assert.Equal(detail, (string?)error!["detail"]);
    }

    [Fact]
    public async Task A_job_that_goes_ahead_warns_with_the_number_of_classes()
    {
        var name = await Upload(12);

        var answer = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"y"}""");

        Assert.Contains(answer.Json["warnings"]!.AsArray(), warning => (string?)warning == Twelve);
    }

    private async Task<string> Upload(int values)
    {
        var rows = string.Concat(Enumerable.Range(0, 48).Select(i => FormattableString.Invariant($"{i * 0.5},{"pqr"[i % 3]},{i % values * 2}\n")));
        var answer = await _wire.PostCsv($"datasets?name=guess-{values}", "x,c,y\n" + rows);
        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.OK, answer.Text);
        return $"guess-{values}";
    }
}
