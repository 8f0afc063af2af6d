using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Every refusal is a problem document that points at what to change; nothing is stored, and the service lives on.</summary>
[Collection(SharedService.Name)]
public sealed class BadInputTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("""{"layerz":[]}""", "#/layerz", "Unknown property \"layerz\"")]
    [InlineData("""{"layers":[{"type":"dense","units":2,"unitz":3}]}""", "#/layers/0/unitz", "Unknown property \"unitz\"")]
    [InlineData("""{"layers":[{"type":"conv","units":2}]}""", "#/layers/0/type", "There is no layer \"conv\"")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"keepsWidth":7}]}""", "#/layers/0/keepsWidth", "Unknown property \"keepsWidth\"")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"fixedInputs":[9]}]}""", "#/layers/0/fixedInputs", "Unknown property \"fixedInputs\"")]
    [InlineData("""{"layers":[{"type":"batchNormalization","leastBatchSize":2}]}""", "#/layers/0/leastBatchSize", "Unknown property \"leastBatchSize\"")]
    [InlineData("""{"layers":[{"units":2}]}""", "#/layers/0/type", "A layer needs a \"type\"")]
    [InlineData("""{"layers":[{"type":"dense","units":2,"activation":5}]}""", "#/layers/0/activation", "Expected the name of an activation or an object with")]
    [InlineData("""{"layers":[{"type":7}]}""", "#/layers/0/type", "\"type\" must be the name of a layer")]
    [InlineData("""{"layers":[{"type":"dense","units":0}]}""", "#/layers/0/units", "units is 0; it must be at least 1")]
    [InlineData("""{"layers":[{"type":"dense","units":1000000000}]}""", "#/layers/0", "more than 100,000,000 parameters")]
    [InlineData("""{"inputs":65536,"layers":[{"type":"dense","units":65536}]}""", "#/layers/0", "more than 100,000,000 parameters")]
    [InlineData("""{"layers":[{"type":"dense","units":10000000000}]}""", "#/layers/0/units", "Expected a smaller whole number")]
    [InlineData("""{"layers":[{"type":"dense","units":"two"}]}""", "#/layers/0/units", "Expected a whole number")]
    [InlineData("""{"inputs":0,"layers":[{"type":"dense","units":1}]}""", "#/inputs", "inputs is 0")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"activation":"rellu"}]}""", "#/layers/0/activation", "There is no activation \"rellu\"")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"activation":{"type":"elu","alpha":-1}}]}""", "#/layers/0/activation/alpha", "alpha is -1")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"activation":{"type":"elu","beta":1}}]}""", "#/layers/0/activation/beta", "Unknown property \"beta\"")]
    [InlineData("""{"layers":[{"type":"dense","units":2,"activation":"softmax"},{"type":"dense","units":1}]}""",
        "#/layers/0/activation", "softmax may stand on the output layer only")]
    [InlineData("""{"layers":[{"type":"dense"},{"type":"dense","units":1}]}""", "#/layers/0/units", "only the last layer's may be left out")]
    [InlineData("""{"layers":[{"type":"dense","weights":[[1,2],[3]]}]}""", "#/layers/0/weights/1", "Row 1 of weights has 1 numbers")]
    [InlineData("""{"layers":[{"type":"dense","units":2,"bias":[1]}]}""", "#/layers/0/bias", "bias has 1 numbers; the layer has 2 units")]
    [InlineData("""{"inputs":3,"layers":[{"type":"dense","weights":[[1],[2]]}]}""", "#/layers/0/weights", "weights has 2 rows; the layer has 3 inputs")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"bias":[1e400]}]}""", "#/layers/0/bias/0", "too large")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"bias":["NaN"]}]}""", "#/layers/0/bias/0", "Expected a number")]
    [InlineData("""{"layers":[{"type":"dense","units":1,"bias":[NaN]}]}""", "#", "not valid JSON")]
    [InlineData("""{"layers":[]}""", "#/layers", "at least one dense layer")]
    [InlineData("""{"layers":[{"type":"dense","units":1}],"layers":[]}""", "#/layers", "stands there twice")]
    [InlineData("""{"name":"../etc","layers":[{"type":"dense","units":1}]}""", "#/name", "is not a name")]
    [InlineData("""{"name":"UPPER","layers":[{"type":"dense","units":1}]}""", "#/name", "is not a name")]
    [InlineData("""{"layers":[{"type":""", "#", "not valid JSON")]
    [InlineData("hello", "#", "not valid JSON")]
    [InlineData("[]", "#", "Expected an object")]
    [InlineData("null", "#", "The body is null")]
    [InlineData("", "#", "The body is empty")]
    public async Task A_bad_network_is_refused(string body, string pointer, string says)
    {
        var before = (await _wire.Get("networks?limit=500")).Text;

        Refused(400, pointer, says, await _wire.Post("networks", body));

        Assert.Equal(before, (await _wire.Get("networks?limit=500")).Text);
    }

    [Fact]
    public async Task All_that_a_job_lacks_is_named_at_once()
    {
        var nothing = await _wire.Post("training-jobs", "{}");
        var untyped = await _wire.Post("networks", """{"nam":"x","layers":[{"units":2},{"alpha":1}]}""");

        Assert.Equal(["#/dataset", "#/target"], nothing.Json["errors"]!.AsArray().Select(error => (string)error!["pointer"]!));
        Assert.Equal(["#/nam", "#/layers/0/type", "#/layers/1/type"], untyped.Json["errors"]!.AsArray().Select(error => (string)error!["pointer"]!));
    }

    [Theory]
    [InlineData("a,b\n1,2\n3\n", "", "#row=3", "Line 3 has 1 cell; the header has 2.")]
    [InlineData("a,b\n1,2\nx,3\n", "&types=a:number", "#row=3", "Line 3, column \"a\": \"x\" is not a number.")]
    [InlineData("", "", "#", "The file is empty")]
    [InlineData("a,b\n", "", "#", "a header and no rows")]
    [InlineData("a,a\n1,2\n", "", "#row=1", "columns 1 and 2 are both called \"a\"")]
    [InlineData("a,b\n1,2\n1e400,3\n", "", "#row=3", "\"1e400\" is too large for a number")]
    [InlineData("a,b\n1,\"2\n", "", "#row=2", "quote")]
    [InlineData("a\n1\n", "&types=b:number", "#/types", "A type is given for column \"b\", which the table does not have.")]
    [InlineData("a\n1\n", "&types=a:integer", "#/types", "is not of the form column:type")]
    [InlineData("a\n1\n", "&types=a:2", "#/types", "is not of the form column:type")]
    [InlineData("a\n1\n", "&types=a:Number", "#/types", "is not of the form column:type")]
    [InlineData("a\n1\n", "&delimiter=x", "#", "delimiter")]
    [InlineData("a\n1\n", "&nmae=x", "#", "Unknown query parameter \"nmae\"")]
    public async Task A_bad_table_is_refused(string csv, string query, string pointer, string says)
    {
        var answer = await _wire.PostCsv($"datasets?name=bad-table{query}", csv);

        Refused(400, pointer == "#" ? null : pointer, says, answer);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("datasets/bad-table")).Status);
    }

    [Theory]
    [InlineData("""{"rows":[{"a":1},{"a":[2]}]}""", "#/rows/1/a")]
    [InlineData("""{"rows":[{"a":1},{"a":1e400}]}""", "#/rows/1/a")]
    [InlineData("""{"columns":["a","b"],"rows":[[1,2],[3]]}""", "#/rows/1")]
    [InlineData("""{"rows":[]}""", "#/rows")]
    [InlineData("""{"rows":[{"a":1}],"rowz":1}""", "#/rowz")]
    [InlineData("""{"name":"A b","rows":[{"a":1}]}""", "#/name")]
    [InlineData("""{"name":5,"rows":[{"a":1}]}""", "#/name", "Expected a string; name is 5. Put it in quotes: \"5\".")]
    [InlineData("""{"name":["a"],"rows":[{"a":1}]}""", "#/name", "Expected a string; name is an array.")]
    [InlineData("""{"name":"bad-twice","rows":[{"a":1},{"a":5}],"rows":[{"a":2}]}""", "#/rows", "Property \"rows\" stands there twice; leave one of them out.")]
    [InlineData("""{"columns":["a"],"rows":[[1]],"columns":["b"]}""", "#/columns", "Property \"columns\" stands there twice; leave one of them out.")]
    [InlineData("""{"name":"bad-one","name":"bad-two","rows":[{"a":1}]}""", "#/name", "Property \"name\" stands there twice; leave one of them out.")]
    [InlineData("""{"rows":[{"a":1},{"a":null,"b":3,"a":2}]}""", "#/rows/1/a", "rows[1], column \"a\": the value is given twice.")]
    public async Task A_bad_JSON_table_is_refused(string body, string pointer, string says = "") =>
        Refused(400, pointer, says, await _wire.Post("datasets", body));

    [Theory]
    [InlineData("..%2Fx")]
    [InlineData("a%2F..%2Fb")]
    public async Task A_name_with_a_path_in_it_is_refused(string name)
    {
        Refused(400, "#/name", "is not a name", await _wire.PostCsv($"datasets?name={name}", "a\n1\n"));
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get($"datasets/{name}")).Status);
    }

    [Theory]
    [InlineData("""{"target":"gender"}""", "#/dataset", "dataset is missing")]
    [InlineData("""{"dataset":"nowhere","target":"gender"}""", "#/dataset", "There is no dataset \"nowhere\"")]
    [InlineData("""{"dataset":"bad-heights"}""", "#/target", "target is missing")]
    [InlineData("""{"dataset":"bad-heights","target":"nothing"}""", "#/target", "has no column \"nothing\"")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","network":"nowhere"}""", "#/network", "There is no network \"nowhere\"")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","network":{"inputs":2,"layers":[{"type":"dense","activation":"sigmoid"}]}}""",
        "#/network/inputs", "takes 2 inputs; the features make 6")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","network":{"layers":[{"type":"dense","units":3,"activation":"softmax"}]}}""",
        "#/network/layers/0/units", "has 3 units")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","network":{"layers":[{"type":"dense","units":0}]}}""", "#/network/layers/0/units", "units is 0")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","network":{"layers":[{"type":"dense","activation":"relu"}]}}""",
        "#/network/layers/0/activation", "ends in sigmoid")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","features":["weight_lb","age"]}""", "#/features/1", "has no column \"age\"")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","features":["gender"]}""", "#/features/0", "is the target")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","positiveLabel":"X"}""", "#/positiveLabel", "X")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","positiveLabel":1}""", "#/positiveLabel", "positiveLabel is 1. Put it in quotes: \"1\".")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","positiveLabel":true}""", "#/positiveLabel", "is true. Put it in quotes: \"true\".")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","positiveLabel":"1.0"}""", "#/positiveLabel", "no label \"1.0\"; it has \"F\" and \"M\".")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","initialModel":"m"}""", "#/initialModel", "initialModel is \"m\". Write {\"name\": \"m\"}.")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","earlyStopping":"off"}""", "#/earlyStopping", "Expected an object; earlyStopping is \"off\".")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","task":"clustering"}""", "#/task", "task is \"clustering\"; expected one of")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","loss":"softmax"}""", "#/loss", "There is no loss \"softmax\"")]
    [InlineData("""{"dataset":"bad-heights","target":"weight_lb","task":"regression","loss":"binaryCrossEntropy"}""", "#/loss", "is for classification")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","optimizer":{"type":"sgd","learningRate":-1}}""",
        "#/optimizer/learningRate", "must be greater than 0")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","optimizer":{"type":"sgd","learningRate":1e400}}""", "#/optimizer/learningRate", "too large")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","batchSize":0}""", "#/batchSize", "batchSize is 0")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","ignore":["name"],"batchSize":1,"network":{"layers":[{"type":"dense","units":2},"""
        + """{"type":"batchNormalization"},{"type":"dense","activation":"sigmoid"}]}}""", "#/batchSize", "batch normalization needs at least 2")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","epochs":0}""", "#/epochs", "epochs is 0")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","split":{"train":2}}""", "#/split/train", "train")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","split":{"train":0.9,"test":0.9}}""", "#/split", "more than 1")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","split":{"column":"part"}}""", "#/split/column", "part")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","earlyStopping":{"patience":5}}""", "#/earlyStopping/monitor", "no validation part")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","classWeights":{"X":2}}""", "#/classWeights/X", "There is no label \"X\"")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","model":"Not A Name"}""", "#/model", "is not a name")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","preprocessing":{"columns":{"weight_lb":{"scale":0}}}}""",
        "#/preprocessing/columns/weight_lb/scale", "other than 0")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","loss":{"type":"binaryCrossEntropy","link":"softmax"}}""", "#/loss/link", "Unknown property \"link\"")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","optimizer":{"learningRate":0.1}}""", "#/optimizer/type", "An optimizer needs a \"type\"")]
    [InlineData("""{"dataset":"bad-heights","target":"gender","epoch":3}""", "#/epoch", "Unknown property \"epoch\"")]
    public async Task A_bad_job_is_refused(string body, string pointer, string says)
    {
        await _wire.Upload("bad-heights", "toy_heights.csv");
        var before = (await _wire.Get("training-jobs?limit=1")).Text;

        Refused(400, pointer, says, await _wire.Post("training-jobs", body));

        Assert.Equal(before, (await _wire.Get("training-jobs?limit=1")).Text);
    }

    [Theory]
    [InlineData("\"target\":\"one\"", "#/target", "one label only")]
    [InlineData("\"target\":\"empty\"", "#/target", "missing in every row")]
    [InlineData("\"target\":\"y\",\"features\":[\"x\",\"nothing\"]", "#/features/1", "has no column \"nothing\"")]
    [InlineData("\"target\":\"y\",\"ignore\":[\"nothing\"]", "#/ignore/0", "has no column \"nothing\"")]
    [InlineData("\"target\":\"y\",\"split\":{\"groupBy\":\"nothing\"}", "#/split/groupBy", "no column \"nothing\"")]
    [InlineData("\"target\":\"y\",\"split\":{\"groupBy\":\"y\"}", "#/split/groupBy", "\"y\" is the target")]
    [InlineData("\"target\":\"part\",\"split\":{\"column\":\"part\"}", "#/split/column", "\"part\" is the target")]
    [InlineData("\"target\":\"y\",\"split\":{\"column\":\"part\"}", "#/split/column",
        "Row 2 (counted from 0), column \"part\": \"holdout\" is none of train, validation and test.")]
    [InlineData("\"target\":\"y\",\"split\":{\"folds\":1000}", "#/split/folds", "take fewer folds")]
    [InlineData("\"target\":\"y\",\"split\":{\"validation\":1}", "#/split/validation", "leave no row to train on")]
    [InlineData("\"target\":[\"x\",\"x\"]", "#/target/1", "\"x\" stands there twice")]
    [InlineData("\"target\":\"y\",\"initialModel\":{\"name\":\"nobody\"}", "#/initialModel/name", "There is no model \"nobody\"")]
    [InlineData("\"target\":\"y\",\"initialModel\":{\"name\":\"nobody\",\"version\":2}", "#/initialModel/version", "with version 2")]
    [InlineData("\"target\":\"y\",\"split\":{\"train\":0.8,\"validation\":0.3,\"test\":0.1}", "#/split", "add up to 1.2; that is more than 1")]
    [InlineData("\"target\":\"x\",\"task\":\"regression\",\"split\":{\"method\":\"stratified\"}", "#/split/method", "needs classes")]
    [InlineData("\"target\":\"y\",\"classWeights\":{\"maybe\":2}", "#/classWeights/maybe", "There is no label \"maybe\"; there are no, yes.")]
    [InlineData("\"target\":\"y\",\"features\":[\"x\"],\"preprocessing\":{\"columns\":{\"x\":{\"transform\":\"log1p\"}}}",
        "#/preprocessing/columns/x/transform", "Column \"x\" holds -1 in row 1 (counted from 0); log1p takes numbers greater than -1.")]
    [InlineData("\"target\":\"x\",\"task\":\"regression\",\"preprocessing\":{\"target\":\"log1p\"}",
        "#/preprocessing/target", "Column \"x\" holds -1 in row 1")]
    [InlineData("\"target\":\"y\",\"preprocessing\":{\"columns\":{\"nothing\":{\"scale\":2}}}", "#/preprocessing/columns/nothing", "which is not a feature")]
    [InlineData("\"target\":\"y\",\"preprocessing\":{\"maxCategories\":0}", "#/preprocessing/maxCategories", "maxCategories is 0; it must be at least 1")]
    public async Task A_job_that_does_not_fit_its_table_is_refused(string asked, string pointer, string says)
    {
        var rows = Enumerable.Range(0, 30)
            .Select(i => $"{(i == 1 ? -1 : i % 4)},same,,{(i == 2 ? "holdout" : i % 3 == 0 ? "test" : "train")},{(i % 2 == 0 ? "yes" : "no")}\n");
        await _wire.PostCsv("datasets?name=bad-fit", "x,one,empty,part,y\n" + string.Concat(rows));

        var answer = await _wire.Post("training-jobs", $$"""{"dataset":"bad-fit",{{asked}} }""");

        Refused(400, pointer, says, answer);
        Assert.Single(answer.Json["errors"]!.AsArray());
    }

    [Fact]
    public async Task A_table_of_one_row_has_nothing_to_learn_from()
    {
        await _wire.PostCsv("datasets?name=bad-single", "a,b,kind\n1,2.5,x\n");

        Refused(400, "#/target", "one label only", await _wire.Post("training-jobs", """{"dataset":"bad-single","target":"kind","features":["a"]}"""));
        Refused(400, "#/features", "No column is left to predict from",
            await _wire.Post("training-jobs", """{"dataset":"bad-single","target":"b","task":"regression"}"""));
        Refused(400, "#/split", "leaves no row to train on",
            await _wire.Post("training-jobs", """{"dataset":"bad-single","target":"b","features":["a"],"split":{"testEvery":5}}"""));
    }

    [Fact]
    public async Task A_feature_that_is_missing_everywhere_is_trained_with_when_it_is_named_and_warned_of()
    {
        var rows = Enumerable.Range(0, 30).Select(i => $"{i % 4},,{(i % 2 == 0 ? "yes" : "no")}\n");
        await _wire.PostCsv("datasets?name=bad-empty", "x,empty,y\n" + string.Concat(rows));

        var job = await _wire.Train("""{"dataset":"bad-empty","target":"y","features":["x","empty"],"epochs":1}""");

        Assert.Contains("Column \"empty\" is missing in every training row; nothing can be learnt from it.",
            job["warnings"]!.AsArray().Select(warning => (string)warning!));
    }

    [Theory]
    [InlineData("""{"rows":[{"x1":1}]}""", "#/rows/0/x2", "Row 0 lacks \"x2\"")]
    [InlineData("""{"rows":[{"x1":1,"x2":"much"}]}""", "#/rows/0/x2", "Expected a number")]
    [InlineData("""{"rows":[{"x1":1,"x2":2,"x3":3}]}""", "#/rows/0/x3", "knows no column \"x3\"")]
    [InlineData("""{"rows":[{"x1":1,"x1":2,"x2":3}]}""", "#/rows/0/x1", "Row 0 has \"x1\" twice.")]
    [InlineData("""{"rows":[[1,2],[1]]}""", "#/rows/1", "Row 1 has 1 values; the model takes 2: x1, x2.")]
    [InlineData("""{"rows":[[1,1e400]]}""", "#/rows/0/1", "too large")]
    [InlineData("""{"rows":[[1,null]]}""", "#/rows/0/1", "")]
    [InlineData("""{"columns":["x1"],"rows":[[1]]}""", "#/columns", "Column \"x2\" is missing")]
    [InlineData("""{"columns":["x1","x1","x2"],"rows":[[1,1,1]]}""", "#/columns/1", "stands there twice")]
    [InlineData("""{"rows":[7]}""", "#/rows/0", "must be an object or an array")]
    [InlineData("""{}""", "#/rows", "Give either rows or dataset")]
    [InlineData("""{"rows":[[1,2]],"dataset":"x"}""", "#/rows", "Give either rows or dataset")]
    [InlineData("""{"rows":[[1.7e308,1.7e308]]}""", "#/rows/0", "too large")]
    public async Task A_bad_prediction_is_refused(string body, string pointer, string says)
    {
        await MakeSum();

        Refused(400, pointer, says, await _wire.Post("models/bad-sum/versions/1/predict", body));
    }

    [Theory]
    [InlineData("/api/v1/models/bad-sum/predict")]
    [InlineData("/api/v1/models/bad-sum/versions/1/predict")]
    [InlineData("/invocations?model=bad-sum")]
    public async Task An_empty_CSV_to_predict_is_refused(string path)
    {
        await MakeSum();

        var answer = await _wire.PostCsv(path, "");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("The file is empty", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"bad-model"}""", "#/network", "network is missing")]
    [InlineData("""{"network":{"layers":[{"type":"dense","units":1}]}}""", "#/network/layers/0/weights", "needs weights")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1]]}]}}""", "#/network/layers/0/bias", "needs a bias, or useBias false")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"features":["a","b"]}""",
        "#/features", "There are 2 features; the network has 1 inputs")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"features":[""]}""",
        "#/features/0", "The feature is called \"\"; give it a name.")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]},"features":["a"," "]}""", "#/features/1", "give it a name.")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"features":["a"],"target":"a"}""",
        "#/target", "\"a\" is a feature; it cannot be the target too.")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1,1]],"bias":[0,0]}]},"target":"x"}""",
        "#/target", "\"x1\" is a feature; it cannot be the target too.")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"target":""}""", "#/target", "target is \"\"; give it a name")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"labels":["a"]}""", "#/labels", "There are 1 labels")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]},"features":["a","a\t "]}""",
        "#/features/1", "The features \"a\" and \"a\t \" differ in blanks alone; give one of them another name.")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]},"features":["a","b\u0000"]}""",
        "#/features/1", "The feature's name holds a NUL character; take it out.")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"features":["a"],"target":" a"}""",
        "#/target", "\" a\" is a feature but for its blanks; it cannot be the target too.")]
    [InlineData("""{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"target":"y\u0000"}""",
        "#/target", "target holds a NUL character; take it out.")]
    public async Task A_bad_model_is_refused(string body, string pointer, string says) => Refused(400, pointer, says, await _wire.Post("models", body));

    [Theory]
    [InlineData("a\u200b", "a")]
    [InlineData("\u0001\u001b", "a\nb")]
    [InlineData("\u00a0", "\u2028")]
    [InlineData(" a", "b\t")]
    public async Task A_model_may_have_every_name_that_an_uploaded_table_may_have(string feature, string target)
    {
        var (first, second) = (JsonSerializer.Serialize(feature), JsonSerializer.Serialize(target));
        var columns = $$"""{"name":"bad-{{Guid.NewGuid():N}}","columns":[{{first}},{{second}}],"rows":[[1,2],[3,4]]}""";
        var table = await _wire.Post("datasets", columns);
        Assert.True(table.Status == HttpStatusCode.Created, table.Text);

        var model = await _wire.Post("models", $$"""
            {"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"features":[{{first}}],"target":{{second}}}
            """);

        Assert.True(model.Status == HttpStatusCode.Created, model.Text);
        var answer = await _wire.Post($"models/{model.Json["name"]}/predict", $$"""{"rows":[{{{first}}:2}]}""");
        Assert.Equal(2.0, (double?)answer.Json["predictions"]![0]!["value"]);
    }

    [Theory]
    [InlineData("[\"a\",\"a \"]", "\"y\"", "#/description/features/columns/1")]
    [InlineData("[\"a\",\"b\\u0000\"]", "\"y\"", "#/description/features/columns/1")]
    [InlineData("[\"a\",\"b\"]", "\"b \"", "#/description/target/columns/0")]
    public async Task A_document_with_names_that_no_table_can_have_is_refused(string features, string target, string pointer)
    {
        await MakeSum();
        var document = JsonNode.Parse((await _wire.Get("models/bad-sum/export/json")).Text)!.AsObject();
        document.Remove("name");
        var columns = document["description"]!["features"]!["columns"]!.AsArray();
        foreach (var (i, name) in JsonNode.Parse(features)!.AsArray().Index())
            columns[i]!["name"] = (string?)name;
        document["description"]!["target"]!["columns"]![0] = JsonNode.Parse(target);

        var answer = await _wire.Post("models", document.ToJsonString());

        Assert.Equal((HttpStatusCode.BadRequest, pointer), (answer.Status, (string?)answer.Json["errors"]?[0]?["pointer"]));
    }

    [Fact]
    public async Task A_document_whose_targets_repeat_is_refused()
    {
        await _wire.Post("models", """{"name":"bad-two","network":{"layers":[{"type":"dense","weights":[[1,2]],"bias":[0,0]}]}}""");
        var document = JsonNode.Parse((await _wire.Get("models/bad-two/export/json")).Text)!.AsObject();
        document.Remove("name");
        document["description"]!["target"]!["columns"] = new JsonArray("a", "a");

        Refused(400, "#/description/target/columns/1", "\"a\" stands there twice.", await _wire.Post("models", document.ToJsonString()));
    }

    [Fact]
    public async Task A_name_that_is_taken_by_other_content_is_a_conflict_and_the_same_content_is_not()
    {
        const string Network = """{"name":"bad-taken","layers":[{"type":"dense","units":1}]}""";
        Assert.Equal(HttpStatusCode.Created, (await _wire.Post("networks", Network)).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("networks", Network)).Status);
        Refused(409, "#/name", "There is another network", await _wire.Post("networks", Network.Replace(":1", ":2")));

        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv("datasets?name=bad-taken", "a\n1\n")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.PostCsv("datasets?name=bad-taken", "a\n1\n")).Status);
        Refused(409, "#/name", "There is another dataset", await _wire.PostCsv("datasets?name=bad-taken", "a\n2\n"));
        Refused(409, "#/name", "There is another dataset", await _wire.PostCsv("datasets?name=bad-taken&types=a:category", "a\n1\n"));
    }

    [Fact]
    public async Task What_is_not_there_is_not_found_and_what_is_not_understood_says_so()
    {
        foreach (var path in new[] { "networks/no", "datasets/no", "models/no",
            "training-jobs/no", "models/no/versions/1", "training-jobs/no/history", "training-jobs/no/loss.svg", "nothing" })
            Refused(404, "#", "There is no", await _wire.Get(path));
        Refused(404, "#", "", await _wire.Delete("networks/no"));
        Refused(405, "#", "does not take PUT", await _wire.Send(HttpMethod.Put, "networks"));
        Refused(415, "#", "content type", await _wire.Send(HttpMethod.Post, "networks", new StringContent("x")));
        Refused(415, "#", "content type", await _wire.Send(HttpMethod.Post, "datasets", new StringContent("x")));
        Refused(400, "#", "Unknown query parameter \"lmit\"", await _wire.Get("networks?lmit=3"));
        Refused(400, "#", "limit=501", await _wire.Get("networks?limit=501"));
        Refused(400, "#", "is not a cursor", await _wire.Get("networks?cursor=x"));
        Refused(400, "#", "validateOnly has no value; write validateOnly=true", await _wire.Post("training-jobs?validateOnly", "{}"));
        foreach (var state in new[] { "odd", "running,paused", "queued,failed", "Failed", "1", "%2B3", "%203" })
            Refused(400, "#", "is no state", await _wire.Get($"training-jobs?state={state}"));
        Refused(400, "#", "is no state", await _wire.Get("training-jobs?state=failed&state=cancelled"));
        Refused(400, "#", "is no state", await _wire.Delete("training-jobs?state=running,paused"));
    }

    [Fact]
    public async Task An_unforeseen_name_in_JSON_keeps_its_pointer_well_formed() =>
        Refused(400, "#/a~1b~0c", "Unknown property", await _wire.Post("networks", """{"a/b~c":1}"""));

    private async Task MakeSum() => await _wire.Post(
        "models", """{"name":"bad-sum","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]},"precision":"float64"}""");

    private static void Refused(int status, string? pointer, string says, Answer answer)
    {
        Assert.True((int)answer.Status == status, $"{(int)answer.Status} {answer.Text}");
        Assert.Equal("application/problem+json", answer.ContentType);
        var problem = answer.Json;
        Assert.Equal(status, (int)problem["status"]!);
        Assert.Contains(says, problem["detail"]!.ToString() + problem["errors"]!.ToJsonString().Replace("\\u0022", "\""), StringComparison.Ordinal);
        if (pointer is not null)
            Assert.Contains(pointer, problem["errors"]!.AsArray().Select(error => (string?)error!["pointer"]));
        foreach (var member in new[] { "type", "title", "detail", "instance", "traceId" })
            Assert.False(string.IsNullOrEmpty((string?)problem[member]), member);
        foreach (var leak in new[] { "System.", "NnService.", "Exception", "   at " })
            Assert.DoesNotContain(leak, answer.Text, StringComparison.Ordinal);
    }
}
