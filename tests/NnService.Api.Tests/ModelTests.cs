using System.Net;

namespace NnService.Api.Tests;

[Collection(SharedService.Name)]
public sealed class ModelTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_model_that_names_no_target_travels_where_a_feature_is_called_y()
    {
        var made = await _wire.Post("models", """{"name":"model-y","features":["x","y"],"network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]} }""");
        Assert.True(made.Status == HttpStatusCode.Created, made.Text);
        var document = (await _wire.Get("models/model-y/export/json")).Json.AsObject();
        document["name"] = "model-y-again";

        var again = await _wire.Post("models", document.ToJsonString());

        Assert.True(again.Status == HttpStatusCode.Created, again.Text);
    }

    [Theory]
    [InlineData("""{"type":"dropout"}""")]
    [InlineData("""{"type":"layerNormalization"},{"type":"batchNormalization"}""")]
    public async Task Weights_say_how_many_inputs_there_are_behind_layers_that_keep_them(string before)
    {
        var answer = await _wire.Post("models", $$"""{"name":"model-behind","network":{"layers":[{{before}},{"type":"dense","weights":[[1],[2]],"bias":[0]}]} }""");

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(["x1", "x2"], answer.Json["features"]!.AsArray().Select(feature => (string?)feature ?? ""));
    }

    [Fact]
    public async Task Rows_as_objects_arrays_columns_CSV_and_a_dataset_get_the_same_answers()
    {
        await _wire.Upload("model-heights", "toy_heights.csv");
        await _wire.Train("""
            {"dataset":"model-heights","target":"gender","features":["weight_lb","height_in"],"epochs":20,"precision":"float64","model":"model-ways"}
            """);
        const string Path = "models/model-ways/predict";
        var objects = await _wire.Post(Path, """{"rows":[{"height_in":65,"weight_lb":133},{"weight_lb":160,"height_in":72,"name":"Bob"}]}""");

        Assert.Equal(objects.Text, (await _wire.Post(Path, """{"rows":[[133,65],[160,72]]}""")).Text);
        Assert.Equal(objects.Text, (await _wire.Post(Path, """{"columns":["height_in","name","weight_lb"],"rows":[[65,"Alice",133],[72,"Bob",160]]}""")).Text);
        Assert.Equal(objects.Text, (await _wire.PostCsv(Path, "height_in,weight_lb\n65,133\n72,160\n")).Text);
        Assert.Equal(objects.Text, (await _wire.Post("models/model-ways/versions/1/predict", """{"rows":[[133,65],[160,72]]}""")).Text);
        var dataset = await _wire.Post(Path, """{"dataset":"model-heights"}""");
        Assert.Equal(4, dataset.Json["predictions"]!.AsArray().Count);
        Assert.Equal(objects.Json["predictions"]![1]!.ToJsonString(), dataset.Json["predictions"]![1]!.ToJsonString());

        var csv = await _wire.PostCsv(Path, "name,height_in,weight_lb\n\"Smith, Ann\",65,133\n", ("Accept", "text/csv"));
        var probabilities = objects.Json["predictions"]![0]!["probabilities"]!;
        Assert.Equal("text/csv", csv.ContentType);
        Assert.Equal(
            $"name,height_in,weight_lb,prediction,probability_F,probability_M\r\n\"Smith, "
                + $"Ann\",65,133,{objects.Json["predictions"]![0]!["label"]},{probabilities["F"]},{probabilities["M"]}\r\n",
            csv.Text);
    }

    [Fact]
    public async Task An_unknown_column_is_ignored_only_where_that_is_asked_for()
    {
        await MakeSum("model-unknown");
        const string Body = """{"rows":[{"x1":1,"x2":2,"colour":"red"}]}""";

        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("models/model-unknown/predict", Body)).Status);
        Assert.Equal(3, (double)(await _wire.Post("models/model-unknown/predict?ignoreUnknown=true", Body)).Json["predictions"]![0]!["value"]!);
    }

    [Theory]
    [InlineData("", HttpStatusCode.OK)]
    [InlineData("?ignoreUnknown=true", HttpStatusCode.OK)]
    [InlineData("?ignoreUnknown=perhaps", HttpStatusCode.BadRequest)]
    public async Task Other_columns_of_a_dataset_are_passed_over_by_predict_and_by_evaluate(string query, HttpStatusCode status)
    {
        await _wire.Post("models", """{"name":"model-others","features":["x"],"target":"y","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        await _wire.PostCsv("datasets?name=model-others", "id,x,y\n7,1,1\n8,2,2\n");

        Assert.Equal(status, (await _wire.Post($"models/model-others/predict{query}", """{"dataset":"model-others"}""")).Status);
        Assert.Equal(status, (await _wire.Post($"models/model-others/evaluate{query}", """{"dataset":"model-others"}""")).Status);
    }

    [Fact]
    public async Task A_threshold_moves_the_label_and_not_the_probability()
    {
        await _wire.Post(
            "models",
            """{"name":"model-threshold","labels":["no","yes"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"precision":"float64"}""");
        const string Half = """{"rows":[[0]]}"""; // a logit of 0: one half

        var low = (await _wire.Post("models/model-threshold/predict", Half)).Json["predictions"]![0]!;
        var high = (await _wire.Post("models/model-threshold/predict?threshold=0.6", Half)).Json["predictions"]![0]!;

        Assert.Equal("""{"label":"yes","probabilities":{"no":0.5,"yes":0.5}}""", low.ToJsonString());
        Assert.Equal("""{"label":"no","probabilities":{"no":0.5,"yes":0.5}}""", high.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("models/model-threshold/predict?threshold=2", Half)).Status);
    }

    [Fact]
    public async Task Versions_count_up_stay_as_they_are_and_are_deleted_one_by_one()
    {
        Assert.Equal(1, await MakeSum("model-versions"));
        Assert.Equal(2, await MakeSum("model-versions"));

        var model = (await _wire.Get("models/model-versions")).Json;
        Assert.Equal([2, 1], model["versions"]!.AsArray().Select(version => (int)version!["version"]!));
        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete("models/model-versions/versions/2")).Status);
        Assert.Equal(1, (int)(await _wire.Post("models/model-versions/predict", """{"rows":[[1,2]]}""")).Json["version"]!);
        Assert.Equal(3, await MakeSum("model-versions")); // a number is never used twice
        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete("models/model-versions")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("models/model-versions")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Post("models/model-versions/predict", """{"rows":[[1,2]]}""")).Status);
    }

    [Fact]
    public async Task A_version_shows_its_weights_and_where_it_comes_from()
    {
        await MakeSum("model-shown");

        var version = (await _wire.Get("models/model-shown/versions/1")).Json;

        Assert.Equal("""[{"type":"dense","weights":[[1],[1]],"bias":[0]}]""", version["layers"]!.ToJsonString());
        Assert.Equal("explicitWeights", (string?)version["lineage"]!["source"]);
        Assert.Equal(3, (int)version["parameterCount"]!);
        Assert.Equal(["x1", "x2"], version["features"]!.AsArray().Select(name => (string)name!));
        Assert.Null(version["metrics"]);
    }

    [Fact]
    public async Task Fixed_shifts_and_scales_belong_to_a_model_made_from_weights()
    {
        await _wire.Post("models", """
            {"name":"model-shifted","features":["weight"],"preprocessing":{"columns":{"weight":{"shift":135,"scale":2}}},
             "network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"precision":"float64"}
            """);

        var answer = await _wire.Post("models/model-shifted/predict", """{"rows":[{"weight":141}]}""");

        Assert.Equal(3, (double)answer.Json["predictions"]![0]!["value"]!);
    }

    [Fact]
    public async Task An_evaluation_of_the_training_part_agrees_with_the_job()
    {
        await _wire.Upload("model-iris", "iris.csv");
        var job = await _wire.Train(
            """{"dataset":"model-iris","target":"species","split":{"train":1,"validation":0,"test":0},"epochs":5,"model":"model-iris"}""");

        var answer = (await _wire.Post("models/model-iris/evaluate", """{"dataset":"model-iris"}""")).Json;

        Assert.Equal((double)job["trainLoss"]!, (double)answer["loss"]!, 1e-6);
        Assert.Equal(job["metrics"]!["train"]!.ToJsonString(), answer["metrics"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("models/model-iris/evaluate", """{"dataset":"model-iris","target":"nothing"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest,
            (await _wire.Post("models/model-iris/evaluate", """{"dataset":"model-iris","loss":"binaryCrossEntropy"}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Post("models/model-iris/evaluate", """{"dataset":"nowhere"}""")).Status);
    }

    private async Task<int> MakeSum(string name) => (int)(await _wire.Post(
        "models", $$"""{"name":"{{name}}","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]},"precision":"float64"}""")).Json["version"]!;
}
