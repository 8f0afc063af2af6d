using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>What is read of a job for whoever watches it, again and again: not what it was asked for and has come to, which may be megabytes.</summary>
public sealed class JobReadingTests : IDisposable
{
    private readonly Questions _questions = new();
    private readonly TestService _service;

    public JobReadingTests() => _service = new TestService { Interceptor = _questions };

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData("history", "\"total\":2")]
    [InlineData("loss.svg", "<svg")]
    [InlineData("events", "event: done")]
    public async Task Whoever_watches_reads_neither_network_nor_metrics(string path, string says)
    {
        var wire = _service.Wire;
        await wire.PostCsv("datasets?name=watched", "x,y\n1,2\n2,3\n3,5\n");
        var id = (string)(await wire.Train("""{"dataset":"watched","target":"y","task":"regression","epochs":1,"recipe":"fast","model":"watched"}"""))["id"]!;
        foreach (var name in (string[])[id, "latest"])
        {
            _questions.Forget();

            Assert.Contains(says, (await wire.Get($"training-jobs/{name}/{path}")).Text, StringComparison.Ordinal);

            var asked = _questions.Asked.Where(question => question.Contains("\"TrainingJobs\"", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(asked);
            Assert.DoesNotContain(asked, question => question.Contains("\"NetworkSpec\"", StringComparison.Ordinal) || question.Contains("\"Metrics\"", StringComparison.Ordinal));
        }

        Assert.Equal(404, (int)(await wire.Get($"training-jobs/{Guid.NewGuid()}/{path}")).Status);
    }
}
