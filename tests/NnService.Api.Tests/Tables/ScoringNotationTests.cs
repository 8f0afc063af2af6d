using System.Net;

namespace NnService.Api.Tests.Tables;

/// <summary>A cell to predict that is a number in another notation is named, with what reads it.</summary>
[Collection(SharedService.Name)]
public sealed class ScoringNotationTests(TestService service)
{
    private const string Path = "models/scoring-notation/predict";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("", "1.234,5", "it has a decimal comma and points between thousands; send the rows with ?decimal=,&thousands=. to have it read")]
    [InlineData("", "1,234.5", "it has commas between thousands; send the rows with ?thousands=, to have it read")]
    [InlineData("", "5,25", "it has a decimal comma; send the rows with ?decimal=, to have it read")]
    [InlineData("", "1'234.5", "it has apostrophes between thousands; send the rows with ?thousands=' to have it read")]
    [InlineData("", "1 234,5", "it has a decimal comma and blanks between thousands; send the rows with ?decimal=,&thousands=space to have it read")]
    [InlineData("", "1,234", "send the rows with ?thousands=, if that is a whole number, or with ?decimal=, if the comma stands before the fraction")]
    [InlineData("?decimal=,", "5.25", "it has a decimal point; send the rows with ?decimal=. to have it read")]
    [InlineData("?decimal=,", "1.037", "it has points between thousands; send the rows with ?decimal=,&thousands=. to have it read")]
    [InlineData("", "12 %", "take a sign for per cent out of the cell")]
    [InlineData("", "€ 1,5", "take a currency out of the cell, and send the rows with ?decimal=,")]
    public async Task A_CSV_cell_in_another_notation_is_refused_with_what_reads_it(string query, string cell, string advice)
    {
        await Make();

        var answer = await _wire.PostCsv(Path + query, $"a;b\n1;2\n3;{cell}\n");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal($"Line 3, column \"b\": Expected a number, not \"{cell}\"; {advice}.", (string?)answer.Json["detail"]);
    }

    [Theory]
    [InlineData("?decimal=,&thousands=.", "1.234,5")]
    [InlineData("?thousands=,", "1,234.5")]
    [InlineData("?decimal=,&thousands=space", "1 234,5")]
    public async Task What_the_refusal_says_reads_the_cell(string query, string cell)
    {
        await Make();

        var answer = await _wire.PostCsv(Path + query, $"a;b\n1;{cell}\n");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(1235.5, (double)answer.Json["predictions"]![0]!["value"]!);
    }

    [Theory]
    [InlineData("much", "")]
    [InlineData("31.05.2024", "")]
    [InlineData("1e400", ", which is not a finite number")]
    [InlineData("inf", ", which is not a finite number")]
    public async Task A_CSV_cell_that_is_no_number_at_all_is_named(string cell, string rest)
    {
        await Make();

        var answer = await _wire.PostCsv(Path, $"a;b\n1;{cell}\n");

        Assert.Equal($"Line 2, column \"b\": Expected a number, not \"{cell}\"{rest}.", (string?)answer.Json["detail"]);
    }

    [Theory]
    [InlineData("""{"rows":[{"a":1,"b":"5.1"}]}""", "5.1", "send the number without quotes")]
    [InlineData("""{"rows":[[1,"-2e3"]]}""", "-2e3", "send the number without quotes")]
    [InlineData("""{"columns":["b","a"],"rows":[["5,1",1]]}""", "5,1", "send a number as JSON writes it, with a decimal point and without quotes")]
    public async Task A_number_in_quotes_is_refused_with_the_advice_to_leave_them_out(string body, string text, string advice)
    {
        await Make();

        var answer = await _wire.Post(Path, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal($"Row 0, \"b\": Expected a number, not the text \"{text}\"; {advice}.", (string?)answer.Json["detail"]);
    }

    private Task<Answer> Make() => _wire.Post(
        "models", """{"name":"scoring-notation","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");
}
