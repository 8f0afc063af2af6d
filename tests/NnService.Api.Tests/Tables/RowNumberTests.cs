using System.Net;

namespace NnService.Api.Tests.Tables;

/// <summary>Rows are counted from 0 in every message, as they are in <c>GET …/rows?offset=</c>.</summary>
[Collection(SharedService.Name)]
public sealed class RowNumberTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    // Cells of two lines: no row's line can be told.
    [Fact]
    public async Task Table_and_job_call_a_row_the_same()
    {
        var rows = Enumerable.Range(0, 60).Select(row => $"\"a\nb\",{(row == 50 ? "1e9" : $"{row % 7}.5")},{(row == 17 ? "oops" : $"{row % 9}")}\n");
        var profile = await _wire.PostCsv("datasets?name=row-numbers", "note,x,y\n" + string.Concat(rows));
        var job = await _wire.Post("training-jobs?validateOnly=true", """{"dataset":"row-numbers","target":"y","features":["x"],"epochs":1}""");

        const string Words = "is read as words, although 59 of its 60 cells are numbers: row 17 holds \"oops\" (rows counted from 0). ";
        Assert.Equal(HttpStatusCode.OK, job.Status);
        Assert.Single(Warnings(profile), text => text.StartsWith($"Column \"y\" {Words}", StringComparison.Ordinal));
        Assert.Single(Warnings(job), text => text.StartsWith($"Target \"y\" {Words}", StringComparison.Ordinal));
        Assert.Single(Warnings(job), text => text.Contains("1000000000 in row 50 (counted from 0)", StringComparison.Ordinal));
        Assert.Equal("oops", (string?)(await _wire.Get("datasets/row-numbers/rows?offset=17&limit=1")).Json["rows"]![0]![2]);
    }

    [Fact]
    public async Task A_row_beyond_a_thousand_is_written_as_its_offset()
    {
        var rows = Enumerable.Range(0, 1500).Select(row => $"\"a\nb\",{(row == 1200 ? "\"5,5\"" : $"{row % 7}")}\n");

        var profile = await _wire.PostCsv("datasets", "note,x\n" + string.Concat(rows));

        Assert.Contains(Warnings(profile),
            text => text.Contains("such as \"5,5\" in row 1200 (counted from 0), and is read as words", StringComparison.Ordinal));
    }

    private static string[] Warnings(Answer answer) => [.. answer.Json["warnings"]!.AsArray().Select(warning => (string)warning!)];
}
