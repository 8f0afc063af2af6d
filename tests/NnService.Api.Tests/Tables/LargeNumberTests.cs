using System.Net;
using System.Text;

namespace NnService.Api.Tests.Tables;

/// <summary>Measured numbers beyond 2^53 are numbers, and no identifiers; digits alone of that size are identifiers.</summary>
[Collection(SharedService.Name)]
public sealed class LargeNumberTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("{0}.5e22", false)]
    [InlineData("{0}E+20", false)]
    [InlineData("1.{0}e17", false)]
    [InlineData("{0}000000000000000000000.5", false)]
    [InlineData("{0}00000000000000.0", false)]
    [InlineData("{0}00000000000000", true)]
    [InlineData("{0}0000000000000000000000", true)]
    public async Task A_column_is_whole_as_it_was_written(string format, bool isWhole)
    {
        var name = $"large-{Guid.NewGuid():N}"[..20];
        var rows = Enumerable.Range(0, 40).Select(i => $"{string.Format(format, 101 + i)},{i % 7}.25\n");

        var profile = await _wire.PostCsv($"datasets?name={name}", "mass,y\n" + string.Concat(rows));

        Assert.Equal(HttpStatusCode.Created, profile.Status);
        var column = profile.Json["columns"]![0]!;
        Assert.Equal(("number", isWhole), ((string?)column["type"], (bool)column["integer"]!));
        Assert.Equal(isWhole, profile.Json["warnings"]!.AsArray().Any(warning => ((string)warning!).Contains("identifier", StringComparison.Ordinal)));
        var job = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"y","task":"regression","epochs":1}""");
        Assert.Equal(isWhole ? HttpStatusCode.BadRequest : HttpStatusCode.OK, job.Status);
    }

    [Fact]
    public async Task It_is_so_in_JSON_too()
    {
        var rows = Enumerable.Range(0, 40).Select(i => $$"""{"mass":{{101 + i}}e20,"id":{{101 + i}}00000000000000000000}""");

        var profile = await _wire.Send(
            HttpMethod.Post, "datasets", new StringContent(string.Join('\n', rows), Encoding.UTF8, "application/x-ndjson"));

        Assert.Equal(HttpStatusCode.Created, profile.Status);
        Assert.Equal([false, true], profile.Json["columns"]!.AsArray().Select(column => (bool)column!["integer"]!));
    }

    [Theory]
    [InlineData("&types=id:category")]
    [InlineData("")] // one word makes words of the others
    public async Task As_words_they_keep_their_digits_however_they_come(string types)
    {
        string[] ids = ["9007199254740992", "9007199254740993", "4111111111111110", "12345678901234567890", "12345678901234567891", .. types == "" ? ["\"x\""] : (string[])[]];
        var rows = Enumerable.Range(0, 60).Select(i => (Id: ids[i % ids.Length], Y: i % ids.Length)).ToArray();
        var name = $"digits-{Guid.NewGuid():N}"[..20];
        var csv = await _wire.PostCsv($"datasets?name={name}{types}", "id,y\n" + string.Concat(rows.Select(row => $"{row.Id},{row.Y}\n")));
        var lines = await _wire.Send(HttpMethod.Post, $"datasets?name={name}-lines{types}", new StringContent(
            string.Concat(rows.Select(row => $"{{\"id\":{row.Id},\"y\":{row.Y}}}\n")), Encoding.UTF8, "application/x-ndjson"));
        var json = await _wire.Post(
            $"datasets?name={name}-json{types}", $"{{\"rows\":[{string.Join(',', rows.Select(row => $"{{\"id\":{row.Id},\"y\":{row.Y}}}"))}]}}");
        Assert.Equal(ids.Length, (int)csv.Json["columns"]![0]!["distinct"]!);
        Assert.Equal(csv.Json["columns"]!.ToJsonString(), lines.Json["columns"]!.ToJsonString());
        Assert.Equal(csv.Json["columns"]!.ToJsonString(), json.Json["columns"]!.ToJsonString());
        await _wire.Train($$"""
            {"dataset":"{{name}}","target":"y","task":"regression","epochs":20,"model":"{{name}}","network":{"layers":[{"type":"dense"}]},
             "optimizer":{"type":"sgd","learningRate":0.1} }
            """);

        var instances = $"{{\"instances\":[{string.Join(',', ids[..5].Select(id => $"{{\"id\":{id}}}"))}]}}";
        var predicted = await _wire.Post($"models/{name}/predict", $"{{\"rows\":[{string.Join(',', ids[..5].Select(id => $"[{id}]"))}]}}");
        var texts = await _wire.Post($"models/{name}/predict", $"{{\"rows\":[{string.Join(',', ids[..5].Select(id => $"[\"{id}\"]"))}]}}");
        var cells = await _wire.PostCsv($"models/{name}/predict", "id\n" + string.Concat(ids[..5].Select(id => $"{id}\n")));
        double[] values = [.. predicted.Json["predictions"]!.AsArray().Select(row => (double)row!["value"]!)];
        Assert.Equal(5, values.Distinct().Count());
        Assert.Null(predicted.Json["warnings"]);
        Assert.Equal(predicted.Json.ToJsonString(), texts.Json.ToJsonString());
        Assert.Equal(predicted.Json.ToJsonString(), cells.Json.ToJsonString());
        Assert.Equal(values, Wire.Numbers((await _wire.Post($"/v1/models/{name}:predict", instances)).Json["predictions"]));
        Assert.Equal(values, Wire.Numbers((await _wire.Post($"/invocations?model={name}", instances)).Json["predictions"]));
        var unknown = await _wire.Post($"models/{name}/predict", """{"rows":[[9007199254740995]]}""");
        Assert.Contains("9007199254740995", (string?)Assert.Single(unknown.Json["warnings"]!.AsArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_does_not_say_that_they_are_the_same_in_every_row()
    {
        var rows = Enumerable.Range(0, 60).Select(i => $"{9007199254740992 + (i % 2)},{i % 9}.5,{i % 7}.25\n");
        await _wire.PostCsv("datasets?name=large-rounded", "id,x,y\n" + string.Concat(rows));

        var job = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"large-rounded","target":"y","task":"regression","epochs":1}""");

        Assert.Contains(
            "Column \"id\" was left out: it is the same float64 in every row, to which whole numbers beyond 2^53 are rounded. "
                + "Declare it a category at the upload to tell the numbers apart.",
            job.Json["warnings"]!.AsArray().Select(warning => (string)warning!));
    }

    [Fact]
    public async Task A_target_of_such_numbers_is_no_class()
    {
        var rows = Enumerable.Range(0, 60).Select(i => $"{i % 9}.5,{i % 5}.5e22\n");
        await _wire.PostCsv("datasets?name=large-target", "x,y\n" + string.Concat(rows));

        var job = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"large-target","target":"y","epochs":1}""");

        Assert.Equal("regression", (string?)job.Json["configuration"]!["task"]);
    }

    [Fact]
    public async Task A_job_without_a_column_left_says_why_each_was_left_out()
    {
        var rows = Enumerable.Range(0, 80).Select(i => $"{1000 + i},7,,note {i},{(i % 2 == 0 ? "train" : "test")},{i % 3},{i % 7}.25\n");
        await _wire.PostCsv("datasets?name=none-left", "id,one,gap,note,part,other,y\n" + string.Concat(rows));

        var job = await _wire.Post(
            "training-jobs", """{"dataset":"none-left","target":"y","task":"regression","ignore":["other"],"split":{"column":"part"}}""");

        Assert.Equal(HttpStatusCode.BadRequest, job.Status);
        Assert.Equal(
            "No column is left to predict from: \"id\" is different in every row, as an identifier is; \"one\" is the same in every row; "
                + "\"gap\" is missing in every row; \"note\" is text with too many distinct values; \"part\" is used by split; \"other\" is in ignore. "
                + "Name the features.",
            (string?)job.Json["errors"]![0]!["detail"]);
    }
}
