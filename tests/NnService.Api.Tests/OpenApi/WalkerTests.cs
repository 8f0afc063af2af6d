using Xunit.Abstractions;

namespace NnService.Api.Tests.OpenApi;

/// <summary>The service answers as its document says, whatever it is asked.</summary>
public sealed class WalkerTests(ITestOutputHelper output) : IDisposable
{
    private const int Requests = 4_000;
    private const long MostMemory = 1L << 30;

    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-walk-").FullName;

    [Fact]
    public async Task No_status_is_undocumented_no_answer_off_its_schema_and_nothing_fails()
    {
        using var service = await ServiceHere.Start(_folder, "--Webhooks:AllowedHosts=hooks.example.com", "--Training:MaxConcurrentJobs=4");
        var document = await ApiDocument.Of(service.Wire);
        var walker = new Walker(service.Wire, document, seed: 14);

        var wrong = await walker.Walk(Requests);

        foreach (var (what, times) in walker.Seen.OrderBy(seen => seen.Key))
            output.WriteLine($"{what}: {times}");
        Assert.True(wrong.Count == 0, $"{wrong.Count} answers are not as documented:\n{string.Join('\n', wrong.Take(20))}");
        // The walk has got through the first checks: almost every operation was done, and refused in several ways.
        var left = document.Operations.Where(operation => !walker.Seen.Keys.Any(seen => seen.StartsWith($"{operation.Id} 2", StringComparison.Ordinal)))
            .ToList();
        Assert.True(left.Count <= document.Operations.Count / 10, $"never done: {string.Join(", ", left.Select(operation => operation.Id))}");
        Assert.True(walker.Seen.Count >= 2 * document.Operations.Count, $"{walker.Seen.Count} pairs of operation and status");
        await service.Stop();
    }

    [Theory]
    [InlineData("""{"target":"y"}""", """{"target":"y","maxSeconds":1}""")]
    [InlineData("""{"epochs":10000000,"stepsPerEpoch":2147483647,"maxSeconds":1e9}""", """{"epochs":20,"stepsPerEpoch":20,"maxSeconds":1}""")]
    [InlineData("""{"epochs":1e400,"stepsPerEpoch":99999999999999999999}""", """{"epochs":20,"stepsPerEpoch":20,"maxSeconds":1}""")]
    [InlineData("""{"epochs":3,"stepsPerEpoch":-1,"maxSeconds":0.5}""", """{"epochs":3,"stepsPerEpoch":-1,"maxSeconds":0.5}""")]
    [InlineData("""{"epochs":"ten","stepsPerEpoch":[],"maxSeconds":null}""", """{"epochs":"ten","stepsPerEpoch":[],"maxSeconds":1}""")]
    [InlineData("""{"epochs":""", """{"epochs":""")]
    [InlineData("[1]", "[1]")]
    public void A_job_of_the_walk_ends_soon(string drawn, string sent) => Assert.Equal(sent, BoundedJob.Of(drawn));

    public void Dispose() => TemporaryFolder.Remove(_folder);
}
