using System.Net;
using System.Text;

namespace NnService.Api.Tests.Doors;

/// <summary>Conditions of requests (RFC 9110, section 13): what has an ETag is read and deleted as the one that the caller has seen.</summary>
[Collection(SharedService.Name)]
public sealed class PreconditionTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("datasets/conditional")]
    [InlineData("networks/conditional")]
    [InlineData("models/conditional/versions/1")]
    public async Task What_is_deleted_is_what_If_Match_names(string path)
    {
        await Make("1");
        var before = (await _wire.Get(path)).Headers.ETag!.ToString();
        Assert.Equal(HttpStatusCode.NoContent, (await Delete(path, ("If-Match", before))).Status);
        await Make("2");
        var now = (await _wire.Get(path)).Headers.ETag!.ToString();

        var refused = await Delete(path, ("If-Match", before));
        var weak = await Delete(path, ("If-Match", $"W/{now}"));
        var unquoted = await Delete(path, ("If-Match", "nonsense"));
        var ruledOut = await Delete(path, ("If-None-Match", now));

        Assert.All([refused, weak, unquoted, ruledOut], answer => Assert.Equal((HttpStatusCode.PreconditionFailed, "application/problem+json"), (answer.Status, answer.ContentType)));
        Assert.Equal(
            "What there is now is not what If-Match names. Ask for it again, and send the ETag of that answer if it is still what you mean.",
            (string?)refused.Json["detail"]);
        Assert.Contains($"send {now} without it", (string?)weak.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get(path)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Delete(path, ("If-Match", $"\"other\", {now}"), ("If-None-Match", before))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Delete(path, ("If-Match", now))).Status); // as without the condition
        await Make("1");
        Assert.Equal(HttpStatusCode.NoContent, (await Delete(path, ("If-Match", "*"))).Status);
    }

    [Theory]
    [InlineData("datasets/conditional")]
    [InlineData("datasets/conditional/rows")]
    [InlineData("datasets/conditional/rows?offset=1&limit=1")]
    [InlineData("datasets/conditional/content")]
    [InlineData("networks/conditional")]
    [InlineData("models/conditional/versions/1")]
    [InlineData("models/conditional/lineage")]
    [InlineData("models/conditional/export/json")]
    [InlineData("/page/app.js")]
    public async Task What_is_read_is_what_If_Match_names(string path)
    {
        await Make("1");
        var tag = (await _wire.Get(path)).Headers.ETag!.ToString();

        var other = await _wire.Get(path, ("If-Match", "\"other\""), ("If-None-Match", tag)); // the former goes before (section 13.2.2)
        var head = await _wire.Send(HttpMethod.Head, path, null, ("If-Match", "\"other\""));

        Assert.Equal((HttpStatusCode.PreconditionFailed, HttpStatusCode.PreconditionFailed), (other.Status, head.Status));
        Assert.Null(other.Headers.ETag);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get(path, ("If-Match", tag))).Status);
        Assert.Equal(HttpStatusCode.NotModified, (await _wire.Get(path, ("If-Match", tag), ("If-None-Match", tag))).Status);
    }

    [Fact]
    public async Task Rows_have_a_tag_for_each_part_and_each_reading_of_each_table()
    {
        var tags = new HashSet<string>();
        foreach (var query in (string[])["", "&types=a:category", "&missing=x"])
        {
            await _wire.Delete("datasets/conditional");
            await _wire.PostCsv($"datasets?name=conditional{query}", "a,b\n1,2\n2,3\n");
            foreach (var part in (string[])["", "?offset=1", "?limit=1", "?offset=0&limit=50"])
                tags.Add((await _wire.Get($"datasets/conditional/rows{part}")).Headers.ETag!.ToString());
        }

        Assert.Equal(3 * 3, tags.Count); // the last part is the first
    }

    [Fact]
    public async Task An_alias_is_made_or_moved_only_as_the_caller_means()
    {
        await Make("1");
        const string Path = "models/conditional/aliases/champion";
        await _wire.Delete(Path);

        var absent = await Put(("If-Match", "*"));
        var made = await Put(("If-None-Match", "*"));
        var there = await Put(("If-None-Match", "*"));
        var tagged = await Delete(Path, ("If-Match", "\"any\""));

        Assert.Equal((HttpStatusCode.PreconditionFailed, HttpStatusCode.OK, HttpStatusCode.PreconditionFailed), (absent.Status, made.Status, there.Status));
        Assert.Equal("There is already what If-None-Match rules out. Leave the header out to go on all the same.", (string?)there.Json["detail"]);
        Assert.Equal(HttpStatusCode.PreconditionFailed, tagged.Status);
        Assert.Contains("It has no ETag", (string?)tagged.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Delete("models/conditional", ("If-Match", "\"any\""))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Put(("If-Match", "*"))).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await Delete(Path, ("If-Match", "*"))).Status);

        Task<Answer> Put((string, string) condition) =>
            _wire.Send(HttpMethod.Put, Path, new StringContent("""{"version":1}""", Encoding.UTF8, "application/json"), condition);
    }

    // What stands under the names is other content each time.
    private async Task Make(string content)
    {
        await _wire.Delete("models/conditional");
        await _wire.Delete("datasets/conditional");
        await _wire.Delete("networks/conditional");
        Answer[] made =
        [
            await _wire.PostCsv("datasets?name=conditional", $"a,b\n1,{content}\n2,3\n"),
            await _wire.Post("networks", $$"""{"name":"conditional","description":"{{content}}","layers":[{"type":"dense","units":1}]}"""),
            await _wire.Post("models", $$"""{"name":"conditional","network":{"layers":[{"type":"dense","weights":[[{{content}}]],"bias":[0]}]} }"""),
        ];
        Assert.All(made, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
    }

    private Task<Answer> Delete(string path, params (string, string)[] headers) => _wire.Send(HttpMethod.Delete, path, null, headers);
}
