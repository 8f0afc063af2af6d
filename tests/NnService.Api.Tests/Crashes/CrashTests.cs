using Xunit.Abstractions;

namespace NnService.Api.Tests.Crashes;

public sealed class CrashTests(ITestOutputHelper output)
{
    // A few rounds with every test run; twenty in .ci/run; as many as one likes by hand.
    private const int Rounds = 3;

    [Fact]
    public async Task A_service_that_is_killed_at_any_instant_loses_nothing()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        using var harness = new CrashHarness(Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}"), seed, output.WriteLine);
        await harness.RunAsync(Rounds);
    }
}
