using System.Net;
using NnService.Api.Datasets;

namespace NnService.Api.Tests;

/// <summary>The connection is lost while an upload's row is committed: its bytes are there wherever its row may be, and an upload that is sent again is stored.</summary>
public sealed class LostCommitTests : IDisposable
{
    private const string Table = "a,b\n1,2\n3,4\n";

    private readonly TestService _service;
    private readonly LostConnection _lost = new(db => db.ChangeTracker.Entries<Dataset>().Any());
    private readonly Wire _wire;

    public LostCommitTests()
    {
        _service = new TestService { Interceptor = _lost };
        _wire = _service.Wire;
    }

    [Fact]
    public async Task An_upload_that_was_committed_without_an_answer_has_its_bytes_and_is_found_by_the_next()
    {
        _lost.At = Moment.BehindCommit;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _wire.PostCsv("datasets?name=d", Table)).Status);
        Assert.Equal(Table, (await _wire.Get("datasets/d/content")).Text);

        Assert.Equal(HttpStatusCode.OK, (await _wire.PostCsv("datasets?name=d", Table)).Status);
        Assert.Equal(Table, (await _wire.Get("datasets/d/content")).Text);
        Assert.Single(Uploads);
    }

    [Fact]
    public async Task An_upload_that_was_not_committed_leaves_nothing()
    {
        _lost.At = Moment.BeforeCommit;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _wire.PostCsv("datasets?name=d", Table)).Status);

        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("datasets/d")).Status);
        Assert.Empty(Uploads);
    }

    [Fact]
    public async Task Where_nobody_can_tell_whether_it_was_committed_its_bytes_stay()
    {
        (_lost.At, _lost.StaysAway) = (Moment.BehindCommit, true);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _wire.PostCsv("datasets?name=d", Table)).Status);
        Assert.Single(Uploads);

        _lost.ComeBack();
        Assert.Equal(Table, (await _wire.Get("datasets/d/content")).Text);
    }

    [Fact]
    public async Task An_upload_that_is_refused_before_its_row_leaves_nothing_while_the_database_is_away()
    {
        await _wire.Get("networks");
        _lost.GoAway();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _wire.PostCsv("datasets?name=d", Table)).Status);

        Assert.Empty(Uploads);
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("other bytes")]
    public async Task The_same_upload_again_puts_back_what_is_missing(string damage)
    {
        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv("datasets?name=d", Table)).Status);
        File.Delete(Uploads.Single());
        if (damage != "removed")
            File.WriteAllText(Files.Single()[..^".columns".Length], Table.Replace('4', '5'));
        Assert.Equal(HttpStatusCode.InternalServerError, (await _wire.Get("datasets/d/content")).Status);

        var again = await _wire.PostCsv("datasets?name=d", Table);

        Assert.Equal(HttpStatusCode.OK, again.Status);
        Assert.Equal(Table, (await _wire.Get("datasets/d/content")).Text);
        Assert.Equal(2, (int)(await _wire.Get("datasets/d/rows")).Json["total"]!);
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await _wire.Get("/health/ready")).Text);
        Assert.Equal(2, Files.Length); // the upload, and the same by column
    }

    public void Dispose()
    {
        _lost.ComeBack();
        _service.Dispose();
    }

    private string[] Files => Directory.GetFiles(Path.Combine(_service.Folder, "blobs"));

    private string[] Uploads => [.. Files.Where(file => Path.GetExtension(file).Length == 0)];
}
