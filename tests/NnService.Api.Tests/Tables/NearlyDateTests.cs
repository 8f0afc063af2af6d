using System.Net;

namespace NnService.Api.Tests.Tables;

/// <summary>One odd cell among dates, or among few numbers, is said.</summary>
[Collection(SharedService.Name)]
public sealed class NearlyDateTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("unknown")]
    [InlineData("2020-02-30")]
    [InlineData("infinity")]
    [InlineData("None")]
    public async Task One_cell_that_is_no_date_is_named(string odd)
    {
        var rows = Enumerable.Range(0, 60).Select(row => $"{(row == 17 ? odd : $"2020-01-{(row % 28) + 1:00}")},{row}\n");

        var profile = await _wire.PostCsv("datasets", string.Concat(["day,y\n", .. rows]));

        Assert.Equal(HttpStatusCode.Created, profile.Status);
        Assert.Contains(
            $"Column \"day\" is read as words, although 59 of its 60 cells are dates: line 19 holds \"{odd}\". Correct it, or leave the cell empty.",
            profile.Json["warnings"]!.AsArray().Select(warning => (string)warning!));
    }

    [Fact]
    public async Task One_word_among_few_numbers_is_named()
    {
        var profile = await _wire.PostCsv("datasets", "x,y\n1.5,a\n2.5,b\n3.5,a\n4.5,b\n5.5,a\noops,b\n");

        Assert.Contains(
            "Column \"x\" is read as words, although 5 of its 6 cells are numbers: line 7 holds \"oops\". Correct it, or say with ?missing= what stands for a missing cell.",
            profile.Json["warnings"]!.AsArray().Select(warning => (string)warning!));
    }

    [Fact]
    public async Task Dates_and_words_alone_are_no_matter()
    {
        var profile = await _wire.PostCsv("datasets", "day,word\n2020-01-01,a\n2020-01-02,b\n2020-01-03,a\n2020-01-01,b\n");

        Assert.Empty(profile.Json["warnings"]!.AsArray());
    }
}
