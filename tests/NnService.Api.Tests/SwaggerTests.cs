using System.Net;

namespace NnService.Api.Tests;

public sealed class SwaggerTests : IClassFixture<TestService>
{
    private readonly Wire _wire;

    public SwaggerTests(TestService service) => _wire = service.Wire;

    [Fact]
    public async Task The_page_itself_is_there()
    {
        var page = await _wire.Get("/swagger/index.html");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("swagger-ui", page.Text, StringComparison.Ordinal);
        Assert.Contains("NnService", page.Text, StringComparison.Ordinal);
        Assert.Contains("<meta name=\"viewport\"", page.Text, StringComparison.Ordinal);
        Assert.Contains("<script src=\"./pictures.js\"", page.Text, StringComparison.Ordinal); // which draws the loss curve
        var pictures = await _wire.Get("/swagger/pictures.js");
        Assert.Equal((HttpStatusCode.OK, "text/javascript"), (pictures.Status, pictures.ContentType));
        Assert.Contains("window.SwaggerUIStandalonePreset = ", pictures.Text, StringComparison.Ordinal);
        // It has plugins evaluated, which its policy forbids: with one in its own list nothing of the page is shown.
        Assert.DoesNotContain("\"plugins\":[", (await _wire.Get("/swagger/index.js")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_document_is_not_kept_and_the_files_of_the_page_are()
    {
        Assert.Equal("no-store", (await _wire.Get("/swagger/v1/swagger.json")).Headers.CacheControl!.ToString());
        Assert.NotNull((await _wire.Get("/swagger/swagger-ui.css")).Headers.ETag);
        Assert.False((await _wire.Get("/swagger/swagger-ui.css")).Headers.CacheControl!.NoStore);
    }
}
