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

    /// <summary>The test assembly's own entry point: <c>crash [--rounds N] [--seed N]</c>.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args is not ["crash", ..])
        {
            Console.Error.WriteLine("dotnet run --project tests/NnService.Api.Tests -- crash [--rounds 20] [--seed 1]");
            return 2;
        }

        var (rounds, seed) = (Value(args, "--rounds", 20), Value(args, "--seed", Environment.TickCount));
        Console.WriteLine($"{rounds} rounds, seed {seed}");
        try
        {
            using var harness = new CrashHarness(Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}"), seed, Console.WriteLine);
            await harness.RunAsync(rounds);
            return 0;
        }
        catch (InvalidOperationException broken)
        {
            Console.WriteLine($"BROKEN: {broken.Message}");
            return 1;
        }
    }

    private static int Value(string[] args, string name, int missing) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1]) : missing;
}
