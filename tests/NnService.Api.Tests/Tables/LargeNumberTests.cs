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
