using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Models.Explanations;

namespace NnService.Api.Tests;

/// <summary>Formulas and explanations through the front door.</summary>
[Collection(SharedService.Name)]
public sealed class ExplainTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_small_network_is_written_as_a_formula()
    {
        await _wire.Post("models", """
            {"name":"formula-small","features":["weight","height_in"],"target":"gender","labels":["M","F"],"precision":"float64",
             "preprocessing":{"columns":{"weight":{"shift":135,"scale":2} } },
             "network":{"layers":[
               {"type":"dense","activation":"sigmoid","weights":[[0.5,-1],[1,2]],"bias":[0,-3]},
               {"type":"dense","weights":[[1e-7],[1]],"bias":[0]}]} }
            """);

        var text = await _wire.Get("models/formula-small/formula");
        var latex = await _wire.Get("models/formula-small/versions/1/formula", ("Accept", "text/x-latex"));
        var both = (await _wire.Get("models/formula-small/formula", ("Accept", "application/json"))).Json;

        Assert.Equal(
            """
            x1 = (weight - 135) / 2
            x2 = height_in

            h1 = sigmoid(0.5·x1 + x2)
            h2 = sigmoid(-1·x1 + 2·x2 - 3)

            y = sigmoid(1E-07·h1 + h2)

            P(gender = F) = y
            P(gender = M) = 1 - y

            sigmoid(z) = 1 / (1 + e^-z)

            """.ReplaceLineEndings("\n"),
            text.Text);
        Assert.Equal("text/plain", text.ContentType);
        Assert.Contains(@"x_{2} &= \text{height\_in}", latex.Text, StringComparison.Ordinal);
        Assert.Contains(@"y &= \operatorname{sigmoid}\bigl(1 \cdot 10^{-7} \cdot h_{1} + h_{2}\bigr)", latex.Text, StringComparison.Ordinal);
        Assert.Equal(text.Text, (string?)both["text"]);
        Assert.Equal(latex.Text, (string?)both["latex"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("models/formula-nowhere/formula")).Status);
    }

    [Theory]
    [InlineData("y", "", "[[2],[1]]", "[0]", "ŷ = 2·x1 + x2\n\ny = ŷ\n", @"\text{y} &= \hat{y}")]
    [InlineData("y", "\"labels\":[\"a\",\"b\"],", "[[2],[1]]", "[0]", "P(y = a) = 1 - ŷ\n", @"P(\text{y} = \text{b}) &= \hat{y}")]
    [InlineData("y", "", "[[2,1],[1,1]]", "[0,0]", "ŷ2 = x1 + x2\n\ny1 = ŷ1\ny2 = ŷ2\n", @"\text{y2} &= \hat{y}_{2}")]
    [InlineData("z", "", "[[2],[1]]", "[0]", "y = 2·x1 + x2\n\nz = y\n", @"\text{z} &= y")]
    public async Task An_output_is_not_called_as_the_target_is(string target, string labels, string weights, string bias, string text, string latex)
    {
        var name = $"formula-target-{Guid.NewGuid():n}";
        await _wire.Post("models", $$"""
            {"name":"{{name}}","target":"{{target}}",{{labels}}"features":["a","b"],"network":{"layers":[{"type":"dense","weights":{{weights}},"bias":{{bias}}}]} }
            """);

        Assert.Contains(text, (await _wire.Get($"models/{name}/formula")).Text, StringComparison.Ordinal);
        Assert.Contains(latex, (await _wire.Get($"models/{name}/formula", ("Accept", "text/x-latex"))).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, null, 256, false)]
    [InlineData(2000, null, 1024, false)]
    [InlineData(2000, 256, 256, true)]
    [InlineData(1e6, null, 10_000, true)]
    public async Task A_row_far_from_the_baseline_gets_more_steps_or_a_warning(double x, int? steps, int taken, bool warns)
    {
        await _wire.Post("models", """
            {"name":"explain-far","labels":["no","yes"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }
            """);

        var answer = (await _wire.Post("models/explain-far/explain", $$"""{"row":[{{x}}],"steps":{{steps?.ToString() ?? "null"}}}""")).Json;

        Assert.Equal(taken, (int)answer["steps"]!);
        Assert.Equal(warns, Math.Abs((double)answer["completenessError"]!) > 0.005);
        Assert.Equal(warns, answer["warnings"]!.AsArray().Any(warning => ((string)warning!).Contains("a baseline nearer to the row", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Rows_that_are_explained_together_share_the_steps_of_one()
    {
        await _wire.Post("models", """
            {"name":"explain-together","labels":["no","yes"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }
            """);
        var services = service.Services;
        var model = services.GetRequiredService<ModelStore>().Find("explain-together", null)!;
        int Steps(int rows)
        {
            var request = new ExplainRequest { Row = JsonSerializer.SerializeToElement(new[] { 1e6 }) };
            Assert.False(new ModelExplanation(model, services.GetRequiredService<MemoryBudget>(), rows).Run(request).IsRefused(out _, out var explained));
            return explained.Steps;
        }

        Assert.Equal([10_000, 1024, 256], new[] { 10_000, 4_000_000, 10_000_000 }.Select(Steps));
    }

    [Fact]
    public async Task Rows_that_are_explained_together_have_one_baseline()
    {
        await _wire.Post("models", """
            {"name":"explain-shared","labels":["no","yes"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }
            """);
        var model = service.Services.GetRequiredService<ModelStore>().Find("explain-shared", null)!;
        var explanation = new ModelExplanation(model, service.Services.GetRequiredService<MemoryBudget>(), 2);
        ExplainResponse Explained(double x)
        {
            Assert.False(explanation.Run(new ExplainRequest { Row = JsonSerializer.SerializeToElement(new[] { x }) }).IsRefused(out _, out var explained));
            return explained;
        }

        Assert.Same(Explained(1).Baseline.Encoded, Explained(2).Baseline.Encoded);
    }

    [Fact]
    public async Task A_row_whose_prediction_is_no_number_is_not_explained()
    {
        await _wire.Post("models", """
            {"name":"explain-nan","labels":["a","b","c"],"network":{"layers":[{"type":"dense","weights":[[1e38,1e38,1]],"bias":[0,0,0]}]} }
            """);

        var answer = await _wire.Post("models/explain-nan/explain", """{"row":[1e30]}""");

        Assert.Equal((HttpStatusCode.BadRequest, "#/row"), (answer.Status, (string?)answer.Json["errors"]![0]!["pointer"]));
    }

    [Fact]
    public async Task A_formula_says_how_categories_holes_and_targets_are_read()
    {
        await _wire.PostCsv("datasets?name=formula-mixed", "colour,size,price\nred,1,10\nblue,,20\nred,3,30\nblue,2,40\n");
        await _wire.Train("""
            {"dataset":"formula-mixed","target":"price","task":"regression","features":["colour","size"],"epochs":1,"model":"formula-mixed",
             "network":{"layers":[{"type":"dense","units":2},{"type":"layerNormalization"},{"type":"dense"}]} }
            """);

        var text = (await _wire.Get("models/formula-mixed/formula")).Text;

        Assert.Contains("x1 = 1 if colour is \"blue\", else 0\nx2 = 1 if colour is \"red\", else 0\nx3 = (size - 2) / ", text, StringComparison.Ordinal);
        Assert.Contains(", with 2 where size is missing\nx4 = 1 if size is missing, else 0\n", text, StringComparison.Ordinal);
        Assert.Contains("μ1 = (h1 + h2) / 2\nv1 = ((h1 - μ1)² + (h2 - μ1)²) / 2\n", text, StringComparison.Ordinal);
        Assert.Contains("n1 = ", text, StringComparison.Ordinal);
        Assert.Contains("price = 11.180339887498949·y + 25\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_are_by_column_and_make_up_the_difference_to_the_baseline()
    {
        await _wire.PostCsv("datasets?name=explain-mixed", "colour,size,price\nred,1,10\nblue,2,20\nred,3,30\ngreen,2,40\n");
        await _wire.Train("""
            {"dataset":"explain-mixed","target":"price","task":"regression","features":["colour","size"],"epochs":50,"model":"explain-mixed","precision":"float64",
             "network":{"layers":[{"type":"dense","units":4,"activation":"tanh"},{"type":"dense"}]} }
            """);
        const string Row = """{"colour":"red","size":3}""";

        var zero = (await _wire.Post("models/explain-mixed/explain", $$"""{"row":{{Row}} }""")).Json;
        var other = (await _wire.Post(
            "models/explain-mixed/versions/1/explain", $$"""{"row":{{Row}},"baseline":{"colour":"blue","size":3},"steps":64}""")).Json;
        var predicted = (double)(await _wire.Post("models/explain-mixed/predict", $$"""{"rows":[{{Row}}]}""")).Json["predictions"]![0]!["value"]!;

        Assert.Equal(["colour", "size"], zero["features"]!.AsArray().Select(feature => (string)feature!["feature"]!));
        Assert.Null(zero["features"]![0]!["baseline"]);
        Assert.Equal(2, (double)zero["features"]![1]!["baseline"]!); // the mean
        Assert.Equal(predicted, (double)zero["prediction"]!, 1e-12);
        var parts = zero["features"]!.AsArray().Sum(feature => (double)feature!["attribution"]!);
        var error = (double)zero["completenessError"]!;
        Assert.Equal((double)zero["prediction"]! - (double)zero["baselinePrediction"]!, parts - error, 1e-12);
        Assert.InRange(Math.Abs(error), 0, 1e-4);
        Assert.Equal(0, (double)other["features"]![1]!["attribution"]!); // the same size in both
        Assert.Equal(64, (int)other["steps"]!);
    }

    [Fact]
    public async Task A_label_is_explained_as_the_opposite_of_the_other()
    {
        await _wire.Post("models", """{"name":"explain-two","labels":["no","yes"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[1],"""
            + """[-2]],"bias":[0.5]}]} }""");

        var yes = (await _wire.Post("models/explain-two/explain", """{"row":[1,1],"output":"yes"}""")).Json;
        var no = (await _wire.Post("models/explain-two/explain", """{"row":[1,1]}""")).Json; // a logit of −0.5: no is predicted

        Assert.Equal("no", (string?)no["output"]);
        Assert.Equal(1, (double)yes["prediction"]! + (double)no["prediction"]!, 1e-15);
        Assert.Equal((double)yes["features"]![1]!["attribution"]!, -(double)no["features"]![1]!["attribution"]!);
        Assert.Equal((double)yes["completenessError"]!, -(double)no["completenessError"]!);
    }

    [Theory]
    [InlineData("""{}""", "#/row", "row is missing")]
    [InlineData("""{"row":[1]}""", "#/row", "The row has 1 values")]
    [InlineData("""{"row":[1,2],"baseline":[1,"b"]}""", "#/baseline/1", "Expected a number, not the text \"b\".")]
    [InlineData("""{"row":[1,2],"output":"z"}""", "#/output", "it predicts \"y\"")]
    [InlineData("""{"row":[1,2],"steps":0}""", "#/steps", "at least 1 and at most 10000")]
    [InlineData("""{"row":[1,2],"stepz":5}""", "#/stepz", "Unknown property")]
    [InlineData("""{"row":[1e308,1e308]}""", "#/row", "too large")]
    public async Task Bad_requests_for_an_explanation_are_refused_with_a_pointer(string body, string pointer, string detail)
    {
        await _wire.Post("models",
            """{"name":"explain-refused","precision":"float64","network":{"layers":[{"type":"dense","weights":[[3],[3]],"bias":[0]}]} }""");

        var answer = await _wire.Post("models/explain-refused/explain", body);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.Contains(detail, (string)answer.Json["detail"]!, StringComparison.Ordinal);
    }
}
