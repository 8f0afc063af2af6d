using System.Net;

namespace NnService.Api.Tests.Doors;

/// <summary>The header Prefer as RFC 7240 lets it be written.</summary>
public sealed class PreferTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("wait=30")]
    [InlineData("wait=\"30\"")]
    [InlineData("wait = 30")]
    [InlineData("WAIT=30")]
    [InlineData("respond-async, wait=30; foo=bar")]
    [InlineData("foo=\"a, wait=0\" , wait=30")]
    [InlineData("foo=\"a\\\"; wait=0, wait=0\";x=\"y\",wait=\"30\";bar")]
    [InlineData("respond-async", "wait=30")]
    [InlineData("wait=30", "wait=0")] // the first one counts
    [InlineData(",, wait=30 ,")]
    public async Task A_wait_is_understood_however_it_is_written(params string[] headers)
    {
        await Upload();

        var answer = await Start(headers);

        Assert.True(answer.Status == HttpStatusCode.OK, $"{answer.Status}: {answer.Text}");
        Assert.Equal("wait=30", answer.Headers.GetValues("Preference-Applied").Single());
    }

    [Theory]
    [InlineData("wait=99999999999999999999", "wait=300")]
    [InlineData("wait=301", "wait=300")]
    [InlineData("wait=0", null)]
    [InlineData("wait", null)]
    [InlineData("wait=-1", null)]
    [InlineData("wait=1.5", null)]
    [InlineData("foo; wait=10", null)] // a parameter of another preference
    [InlineData("await=10", null)]
    [InlineData("wait=\"10", null)]
    public async Task Too_long_a_wait_is_cut_and_what_is_none_is_passed_over(string header, string? applied)
    {
        await Upload();

        var answer = await Start(header);

        Assert.Equal(applied is null ? HttpStatusCode.Accepted : HttpStatusCode.OK, answer.Status);
        Assert.Equal(applied, answer.Headers.TryGetValues("Preference-Applied", out var values) ? values.Single() : null);
    }

    private Task<Answer> Upload() => _wire.PostCsv("datasets?name=prefer", "a,b\n1,2\n2,3\n3,5\n");

    private Task<Answer> Start(params string[] headers) => _wire.Post(
        "training-jobs",
        """{"dataset":"prefer","target":"b","task":"regression","epochs":1,"model":"prefer"}""",
        [.. headers.Select(header => ("Prefer", header))]);
}
