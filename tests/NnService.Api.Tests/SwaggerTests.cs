using System.Net;

namespace NnService.Api.Tests;

public sealed class SwaggerTests : IClassFixture<TestService>
{
    private readonly Wire _wire;

    public SwaggerTests(TestService service) => _wire = service.Wire;

    [Fact]
    public async Task The_page_itself_is_there_and_the_root_leads_to_it()
    {
        var page = await _wire.Get("/swagger/index.html");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("swagger-ui", page.Text, StringComparison.Ordinal);
        Assert.Contains("NnService", page.Text, StringComparison.Ordinal);
        Assert.Contains("window.NnServicePictures = function", page.Text, StringComparison.Ordinal); // which draws the loss curve
        Assert.Contains("\"plugins\":[\"NnServicePictures\"]", (await _wire.Get("/swagger/index.js")).Text, StringComparison.Ordinal);
        Assert.Contains("swagger-ui", (await _wire.Get("/")).Text, StringComparison.Ordinal);
    }
}
