using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Models;
using NnService.Api.Networks;

namespace NnService.Api.Tests.Doors;

/// <summary>A name that is not there is answered with the names it may have been meant for.</summary>
public sealed class NearestNameTests(TestService service) : IClassFixture<TestService>
{
    private static readonly string s_header = string.Join(',', Enumerable.Range(1, 72).Select(i => $"c{i}")) + ",sale_price,Living Area";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("\"target\":\"price\"", "#/target",
        "The dataset has no column \"price\"; it has sale_price, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 62 more.")]
    [InlineData("\"target\":\"SalePrice\"", "#/target", "The dataset has no column \"SalePrice\"; it has sale_price, c1,")]
    [InlineData("\"target\":\"slae_price\"", "#/target", "The dataset has no column \"slae_price\"; it has sale_price, c1,")]
    [InlineData("\"target\":\"sale_price\",\"features\":[\"living_area\"]", "#/features/0",
        "The dataset has no column \"living_area\"; it has Living Area, c1,")]
    [InlineData("\"target\":\"sale_price\",\"ignore\":[\"c71x\"]", "#/ignore/0", "The dataset has no column \"c71x\"; it has c71, ")]
    [InlineData("\"target\":\"sale_price\",\"split\":{\"groupBy\":\"livingarea\"}", "#/split/groupBy",
        "The table has no column \"livingarea\". Did you mean \"Living Area\"?")]
    [InlineData("\"target\":\"zzz\"", "#/target", "The dataset has no column \"zzz\"; it has c1, c2,")]
    public async Task The_columns_that_may_have_been_meant_come_first(string members, string pointer, string says)
    {
        var rows = $"{string.Join(',', Enumerable.Range(0, 74))}\n{string.Join(',', Enumerable.Range(1, 74))}\n";
        await _wire.PostCsv("datasets?name=nearest-homes", $"{s_header}\n{rows}");

        var answer = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"nearest-homes",{{members}}}""");

        var error = Assert.Single(answer.Json["errors"]!.AsArray(), error => (string?)error!["pointer"] == pointer);
        Assert.StartsWith(says, (string?)error!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Datasets_networks_and_models_are_suggested_too()
    {
        await _wire.PostCsv("datasets?name=nearest-heights", "a,b\n1,2\n2,3\n3,5\n");
        await _wire.Post("networks", """{"name":"nearest-wide","layers":[{"type":"dense","units":1}]}""");
        const string Layer = """{"type":"dense","weights":[[1]],"bias":[0]}""";
        await _wire.Post("models", $$"""{"name":"nearest-model","features":["a"],"target":"b","network":{"layers":[{{Layer}}]} }""");
        const string Rest = """ "target":"b","task":"regression" """;

        Says("There is no dataset \"nearest-hieghts\"; upload it first. Did you mean \"nearest-heights\"?",
            await _wire.Post("training-jobs", $$"""{"dataset":"nearest-hieghts",{{Rest}}}"""));
        Says("There is no network \"nearest_wide\". Did you mean \"nearest-wide\"?",
            await _wire.Post("training-jobs", $$"""{"dataset":"nearest-heights","network":"nearest_wide",{{Rest}}}"""));
        Says("There is no model \"nearest-modle\". Did you mean \"nearest-model\"?",
            await _wire.Post("training-jobs", $$"""{"dataset":"nearest-heights","initialModel":{"name":"nearest-modle"},{{Rest}}}"""));
        foreach (var door in new[] { "predict", "evaluate" })
            Says("There is no dataset \"heights\". Did you mean \"nearest-heights\"?",
                await _wire.Post($"models/nearest-model/{door}", """{"dataset":"heights"}"""));
        Says("There is no dataset \"quite-another\"; upload it first.", await _wire.Post("training-jobs", $$"""{"dataset":"quite-another",{{Rest}}}"""));

        static void Says(string detail, Answer answer) => Assert.Equal(detail, (string?)answer.Json["detail"]);
    }

    [Fact]
    public async Task The_newest_names_are_suggested_where_there_are_more_than_are_looked_through()
    {
        using var fresh = new TestService();
        var wire = fresh.Wire;
        await wire.PostCsv("datasets?name=table", "a,b\n1,2\n2,3\n3,5\n");
        fresh.Services.GetRequiredService<Database>().Write(db =>
        {
            var (spec, now) = ("""{"layers":[{"type":"dense","units":1}]}""", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
            db.Networks.AddRange(Enumerable.Range(0, 2000).Select(i => new NetworkDefinition { Name = $"a-{i}", Spec = spec, CreatedAt = now }));
            db.Models.AddRange(Enumerable.Range(0, 2000).Select(i => new Model { Name = $"a-{i}", CreatedAt = now }));
            return true;
        });
        await wire.Post("networks", """{"name":"newest","layers":[{"type":"dense","units":1}]}""");
        await wire.Post("models", """{"name":"newest","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }""");

        var job = await wire.Post("training-jobs", """{"dataset":"table","target":"b","task":"regression","network":"newset"}""");
        var network = await wire.Get("networks/newset");
        var model = await wire.Get("models/newset");

        foreach (var (answer, noun) in new[] { (job, "network"), (network, "network"), (model, "model") })
            Assert.Equal($"There is no {noun} \"newset\". Did you mean \"newest\"?", (string?)answer.Json["detail"]);
    }

    [Theory]
    [InlineData("datasets/Nearest-Own", "There is no dataset \"Nearest-Own\". Did you mean \"nearest-own\"?")]
    [InlineData("datasets/nearest-owm/rows", "There is no dataset \"nearest-owm\". Did you mean \"nearest-own\"?")]
    [InlineData("networks/nearest_own", "There is no network \"nearest_own\". Did you mean \"nearest-own\"?")]
    [InlineData("models/nearest-onw", "There is no model \"nearest-onw\". Did you mean \"nearest-own\"?")]
    [InlineData("models/nearest-onw/formula", "There is no model \"nearest-onw\". Did you mean \"nearest-own\"?")]
    [InlineData("models/nearest-onw/versions/1", "There is no model version \"nearest-onw/1\". Did you mean \"nearest-own\"?")]
    [InlineData("models/nearest-own/versions/7", "There is no model version \"nearest-own/7\". The latest version of \"nearest-own\" is 1.")]
    [InlineData("models/nearest-own/versions/chamipon", "There is no model version \"nearest-own/chamipon\". Did you mean \"champion\"?")]
    public async Task A_path_to_nothing_is_answered_with_the_nearest_name(string path, string says)
    {
        await _wire.PostCsv("datasets?name=nearest-own", "a,b\n1,2\n2,3\n3,5\n");
        await _wire.Post("networks", """{"name":"nearest-own","layers":[{"type":"dense","units":1}]}""");
        if ((await _wire.Get("models/nearest-own")).Status != HttpStatusCode.OK)
            await _wire.Post("models", """{"name":"nearest-own","features":["a"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }""");
        await _wire.Put("models/nearest-own/aliases/champion", """{"version":1}""");

        var answer = await _wire.Get(path);

        Assert.Equal((HttpStatusCode.NotFound, says), (answer.Status, (string?)answer.Json["detail"]));
    }

    [Fact]
    public async Task All_that_is_wrong_in_a_body_is_said_at_once_with_the_field_and_the_nearest_word()
    {
        var answer = await _wire.Post("training-jobs", """
            {"dataset":"d","target":"y","epoch":3,"task":"regresion","recipe":"slow","batchSize":0,
             "preprocessing":{"missing":"imput","numeric":7},"optimizer":{"type":"adm"},"network":{"layers":[{"type":"dense","unit":3},{"type":"dens"}]} }
            """);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("8 things in the request need a change; the first: ", (string?)answer.Json["detail"], StringComparison.Ordinal);
        var errors = answer.Json["errors"]!.AsArray().ToDictionary(error => (string)error!["pointer"]!, error => (string)error!["detail"]!);
        Assert.Equal("Unknown property \"epoch\". Did you mean \"epochs\"? Check its spelling and its place, or leave it out.", errors["#/epoch"]);
        Assert.Equal("recipe is \"slow\"; expected one of \"fast\", \"standard\", \"best\".", errors["#/recipe"]);
        Assert.Equal(
            "task is \"regresion\"; expected one of \"binaryClassification\", \"multiclassClassification\", \"regression\". Did you mean \"regression\"?",
            errors["#/task"]);
        Assert.Equal("missing is \"imput\"; expected one of \"impute\", \"error\". Did you mean \"impute\"?", errors["#/preprocessing/missing"]);
        Assert.StartsWith("numeric is 7; expected one of ", errors["#/preprocessing/numeric"], StringComparison.Ordinal);
        Assert.StartsWith("There is no optimizer \"adm\". Did you mean \"adam\"? Known: ", errors["#/optimizer/type"], StringComparison.Ordinal);
        Assert.StartsWith("Unknown property \"unit\". Did you mean \"units\"?", errors["#/network/layers/0/unit"], StringComparison.Ordinal);
        Assert.StartsWith("There is no layer \"dens\". Did you mean \"dense\"?", errors["#/network/layers/1/type"], StringComparison.Ordinal);
        Assert.Equal("""["fast","standard","best",null]""", (await _wire.Get("/swagger/v1/swagger.json")).Json["components"]!["schemas"]!["Recipe"]!["enum"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"sepal_length":5,"sepal_width":3}""", "Rows stand in a list: {\"rows\": [{\"column\": value, …}]}.")]
    [InlineData("""{"rows":[[5,3,1,1]],"threshold":0.2}""", "It stands in the query: ?threshold=…")]
    [InlineData("""{"rows":[[5,3,1,1]],"interval":0.9}""", "It stands in the query: ?interval=…")]
    [InlineData("""{"rows":{"sepal_length":5}}""", "Expected an array; rows is an object.")]
    public async Task What_stands_elsewhere_is_told_where(string body, string said)
    {
        await _wire.Post("models", """{"name":"nearest-elsewhere","network":{"layers":[{"type":"dense","weights":[[1],[1],[1],[1]],"bias":[0]}]}}""");

        var answer = await _wire.Post("models/nearest-elsewhere/predict", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.EndsWith(said, (string?)answer.Json["errors"]![0]!["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"epochs\":\"many\"", "Expected a whole number; epochs is \"many\".")]
    [InlineData("\"maxSeconds\":true", "Expected a number; maxSeconds is true.")]
    [InlineData("\"features\":{}", "Expected an array; features is an object.")]
    [InlineData("\"features\":\"age\"", "Expected an array; features is \"age\". Write [\"age\"].")]
    [InlineData("\"features\":[\"age\",7]", "Expected a string; features[1] is 7. Put it in quotes: \"7\".")]
    public async Task A_value_of_the_wrong_kind_is_told_with_its_field(string member, string said)
    {
        var answer = await _wire.Post("training-jobs", $$"""{"dataset":"d","target":"y",{{member}}}""");

        Assert.Equal(said, (string?)answer.Json["errors"]![0]!["detail"]);
    }

    [Fact]
    public async Task A_limit_is_told_beside_a_word_that_is_none()
    {
        var answer = await _wire.Post("training-jobs", """{"dataset":"d","target":"y","order":"random","batchSize":0}""");

        Assert.Equal(["#/order", "#/batchSize"], answer.Json["errors"]!.AsArray().Select(error => (string?)error!["pointer"]));
    }

    [Fact]
    public async Task A_thousand_names_that_are_all_wrong_are_refused_without_much_ado()
    {
        var header = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"a_rather_long_name_of_a_column_{i}"));
        var (first, second) = (string.Join(',', Enumerable.Repeat(1, 5001)), string.Join(',', Enumerable.Repeat(2, 5001)));
        await _wire.PostCsv("datasets?name=nearest-wide", $"y,{header}\n{first}\n{second}\n");
        var features = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"a_rather_long_name_of_no_column_{i}\""));
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        var answer = await _wire.Post("training-jobs", $$"""{"dataset":"nearest-wide","target":"y","task":"regression","features":[{{features}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("5000 things in the request need a change", (string?)answer.Json["detail"], StringComparison.Ordinal);
        // It takes a tenth of a second; to compare each with all would take minutes.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20));
    }
}
