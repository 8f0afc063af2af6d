using NnService.Api.Tests.Clusters;
using NnService.Api.Tests.Crashes;
using NnService.Api.Tests.OpenApi;
using NnService.Api.Tests.Releases;
using NnService.Api.Tests.Soak;

namespace NnService.Api.Tests;

/// <summary>The test assembly's own entry point: what is run by hand for longer than with every test run.</summary>
internal static class Commands
{
    public static async Task<int> Main(string[] args)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");
        var seed = Value(args, "--seed", Environment.TickCount);
        try
        {
            switch (args.FirstOrDefault())
            {
                case "crash":
                    var rounds = Value(args, "--rounds", 20);
                    Console.WriteLine($"{rounds} rounds, seed {seed}");
                    using (var harness = new CrashHarness(folder, seed, Console.WriteLine))
                        await harness.RunAsync(rounds);
                    return 0;
                case "cluster-chaos":
                    var chaosRounds = Value(args, "--rounds", 10);
                    Console.WriteLine($"{chaosRounds} rounds, seed {seed}");
                    using (var chaos = new ClusterChaos(folder, seed, args.Contains("--s3"), Console.WriteLine))
                        await chaos.RunAsync(chaosRounds);
                    return 0;
                case "cluster-figures":
                    using (var figures = new ClusterFigures(folder, Console.WriteLine))
                        await figures.RunAsync();
                    return 0;
                case "soak":
                    var seconds = Value(args, "--seconds", 600);
                    Console.WriteLine($"{seconds} seconds, seed {seed}");
                    using (var soak = new HostileSoak(folder, seed, Console.WriteLine))
                        await soak.RunAsync(TimeSpan.FromSeconds(seconds), (long)Value(args, "--megabytes", 3072) << 20);
                    return 0;
                case "openapi":
                    await SnapshotFiles.WriteAnew(folder);
                    return 0;
                case "release" when args is [_, var name]:
                    await Release.Write(name);
                    return 0;
                case "jobs" when args is [_, var data, var count]:
                    ManyJobs.Add(data, int.Parse(count));
                    return 0;
                default:
                    Console.Error.WriteLine("""
                        dotnet run --project tests/NnService.Api.Tests -- crash [--rounds 20] [--seed 1]
                        dotnet run --project tests/NnService.Api.Tests -- cluster-chaos [--rounds 10] [--seed 1] [--s3]
                        dotnet run --project tests/NnService.Api.Tests -- cluster-figures
                        dotnet run --project tests/NnService.Api.Tests -- soak [--seconds 600] [--seed 1] [--megabytes 3072]
                        dotnet run --project tests/NnService.Api.Tests -- openapi
                        dotnet run --project tests/NnService.Api.Tests -- release 1.0.0
                        dotnet run --project tests/NnService.Api.Tests -- jobs data-folder 10000
                        """);
                    return 2;
            }
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
