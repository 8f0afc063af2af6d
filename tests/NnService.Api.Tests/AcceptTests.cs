using System.Net;

namespace NnService.Api.Tests;

/// <summary>One reading of Accept for all answers that come in several forms.</summary>
[Collection(SharedService.Name)]
public sealed class AcceptTests(TestService service) : IAsyncLifetime
{
    private readonly Wire _wire = service.Wire;

    public async Task InitializeAsync() =>
        await _wire.Post("models", """{"name":"accept","features":["a"],"network":{"layers":[{"type":"dense","weights":[[2]],"bias":[0]}]}}""");

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("text/csv", "text/csv")]
    [InlineData("TEXT/CSV;q=0.1", "text/csv")]
    [InlineData("text/csv, application/json", "text/csv")]
    [InlineData("application/csv", "text/csv")] // by its registered name
    [InlineData("application/json;q=0.5, Application/CSV", "text/csv")]
    [InlineData("application/csv;q=0.5, application/json", "application/json")]
    [InlineData("application/csv;q=0, application/*", "application/json")]
    [InlineData("text/tab-separated-values", "application/json")] // no answer comes with tabs
    [InlineData("text/*", "text/csv")]
    [InlineData("application/json;q=0.5, text/csv", "text/csv")]
    [InlineData("application/json;q=0, */*", "text/csv")]
    [InlineData("text/csv;q=0", "application/json")]
    [InlineData("text/csv;q=0, */*", "application/json")]
    [InlineData("text/csv;q=0.5, application/json", "application/json")]
    [InlineData("text/csv;q=0.5, */*", "application/json")]
    [InlineData("text/html, */*", "application/json")]
    [InlineData("text/html", "application/json")]
    [InlineData("garbage", "application/json")]
    public async Task CSV_is_sent_where_it_is_preferred_to_JSON(string accept, string form)
    {
        Assert.Equal(form, (await _wire.PostCsv("models/accept/predict", "a\n1\n", ("Accept", accept))).ContentType);
        Assert.Equal(form, (await _wire.PostCsv("/invocations?model=accept", "a\n1\n", ("Accept", accept))).ContentType);
    }

    [Theory]
    [InlineData("*/*", "text/plain")]
    [InlineData("text/plain;q=0, */*", "text/x-latex")]
    [InlineData("text/*;q=0, */*", "application/json")]
    [InlineData("application/json, text/plain", "application/json")]
    [InlineData("*/*;q=0.1, text/x-latex", "text/x-latex")]
    [InlineData("text/html, text/plain;q=0", null)]
    [InlineData("*/*;q=0", null)]
    public async Task A_formula_comes_in_the_form_that_is_preferred_or_not_at_all(string accept, string? form)
    {
        var answer = await _wire.Get("models/accept/formula", ("Accept", accept));

        Assert.Equal(form ?? "application/problem+json", answer.ContentType);
        Assert.Equal(form is null ? HttpStatusCode.NotAcceptable : HttpStatusCode.OK, answer.Status);
    }
}
