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

    [Theory]
    [InlineData(40, 40, null)]
    [InlineData(200, 20, null)]
    [InlineData(150, 150, 400)] // too many to be classes, which is said too
    public async Task A_target_of_dates_is_said_to_be_a_class_a_date(int rows, int days, int? status)
    {
        var name = $"date-target-{rows}";
        await _wire.PostCsv($"datasets?name={name}", "x,day\n" + string.Concat(Enumerable.Range(0, rows).Select(
            row => $"{row * 7 % 11},{new DateTime(2024, 1, 1).AddDays(row % days):yyyy-MM-dd}\n")));

        var plan = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"day"}""");

        const string Says = "holds dates, and each different one is a class of its own; to predict a time, upload it as a number, such as the days since 2000-01-01.";
        Assert.Equal(status ?? 200, (int)plan.Status);
        if (status is null)
            Assert.Contains($"Target \"day\" {Says}", plan.Json["warnings"]!.AsArray().Select(warning => (string)warning!));
        else
            Assert.EndsWith($"It {Says}", (string)plan.Json["detail"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("class of its own", (await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"x"}""")).Text);
    }

    [Theory]
    [InlineData("{0:00}.05.2024")]
    [InlineData("{0}.5.2024")]
    [InlineData("{0:00}.05.24")]
    [InlineData("01/{0:00}/2022")]
    [InlineData("{0}/1/22")]
    [InlineData("2024/05/{0:00}")]
    [InlineData("2024-5-{0}")]
    [InlineData("{0:00}-05-2024 18:30")]
    [InlineData("{0:00}.05.2024 18:30:59")]
    [InlineData("{0} May 2024")]
    [InlineData("{0:00}-May-2024")]
    [InlineData("{0}. sept 2024")]
    [InlineData("May {0}, 2024")]
    public async Task Dates_that_are_not_written_as_ISO_8601_are_pointed_out(string format)
    {
        var rows = Enumerable.Range(0, 60).Select(row => $"{(row == 17 ? "unknown" : string.Format(format, (row % 28) + 1))};{row % 7}\n");

        var profile = await _wire.PostCsv("datasets", string.Concat(["day;y\n", .. rows]));

        Assert.Equal("category", (string?)profile.Json["columns"]![0]!["type"]);
        Assert.Contains(
            $"Column \"day\" looks like dates, such as \"{string.Format(format, 1)}\" on line 2, and is read as words; "
                + "dates are read as dates where every cell is written as in ISO 8601: 2024-05-31.",
            profile.Json["warnings"]!.AsArray().Select(warning => (string)warning!));
    }

    [Fact]
    public async Task Dates_that_are_all_different_are_pointed_out_too()
    {
        var rows = Enumerable.Range(0, 200).Select(row => $"{row % 28 + 1:00}.{row / 28 + 1:00}.2024,{row % 7}\n");

        var profile = await _wire.PostCsv("datasets", string.Concat(["day,y\n", .. rows]));

        Assert.Equal("text", (string?)profile.Json["columns"]![0]!["type"]);
        Assert.Contains(profile.Json["warnings"]!.AsArray(), warning =>
            ((string)warning!).StartsWith("Column \"day\" looks like dates", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(12, "category")]
    [InlineData(300, "text")]
    public async Task A_column_of_dates_is_said_to_hold_them_whatever_its_type(int days, string type)
    {
        var rows = Enumerable.Range(0, 300).Select(row => $"{new DateOnly(2024, 1, 1).AddDays(row % days):yyyy-MM-dd},{row % 7}\n");

        var profile = await _wire.PostCsv("datasets", string.Concat(["day,y\n", .. rows]));

        Assert.Equal(type, (string?)profile.Json["columns"]![0]!["type"]);
        Assert.Equal(
            "Column \"day\" holds dates, which have no type of their own: a job makes numbers of them (days, year, month, day, weekday). "
            + "To have them as words, give the job \"preprocessing\": {\"dates\": \"none\"}.",
            (string?)Assert.Single(profile.Json["warnings"]!.AsArray()));
    }

    [Theory]
    [InlineData("1.2.{0}")] // a version
    [InlineData("10-11-{0:00}")] // a code
    [InlineData("192.168.0.{0}")]
    [InlineData("{0}/2024")]
    [InlineData("room {0} of 2024")]
    [InlineData("40.13.20{0:00}")]
    [InlineData("may {0}")]
    [InlineData("marching {0} 99")]
    public async Task What_is_no_date_is_not_called_one(string format)
    {
        var rows = Enumerable.Range(0, 60).Select(row => $"{string.Format(format, (row % 12) + 1)};{row % 7}\n");

        var profile = await _wire.PostCsv("datasets", string.Concat(["word;y\n", .. rows]));

        Assert.DoesNotContain(profile.Json["warnings"]!.AsArray(), warning => ((string)warning!).Contains("dates", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_word_among_few_numbers_is_named()
    {
        var profile = await _wire.PostCsv("datasets?name=one-word", "x,y\n1.5,a\n2.5,b\n3.5,a\n4.5,b\n5.5,a\noops,b\n");

        Assert.Contains(
            "Column \"x\" is read as words, although 5 of its 6 cells are numbers: line 7 holds \"oops\". Correct it, "
                + "or say with ?missing= what stands for a missing cell. Datasets do not change: what is read anew needs a name of its own, &name=one-word-2.",
            profile.Json["warnings"]!.AsArray().Select(warning => (string)warning!));
    }

    [Fact]
    public async Task Words_alone_are_no_matter_and_dates_alone_are_only_said()
    {
        var profile = await _wire.PostCsv("datasets", "day,word\n2020-01-01,a\n2020-01-02,b\n2020-01-03,a\n2020-01-01,b\n");

        Assert.StartsWith("Column \"day\" holds dates", (string?)Assert.Single(profile.Json["warnings"]!.AsArray()), StringComparison.Ordinal);
    }
}
