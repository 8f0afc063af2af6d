using System.Globalization;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Accuracy;

/// <summary>Trains every table with nothing but dataset, target, split and seed, and sets the figures beside those of peers.</summary>
internal static class AccuracyRun
{
    private const int Seeds = 5;

    /// <summary>Runs what the arguments ask for; the exit code: 0 where every mark was reached.</summary>
    public static int FromCommandLine(string[] arguments)
    {
        var folder = arguments.SkipWhile(argument => argument != "--data").Skip(1).FirstOrDefault();
        if (folder is null || !Directory.Exists(folder))
        {
            Console.Error.WriteLine("Say with --data which folder holds the tables.");
            return 2;
        }

        var names = arguments.TakeWhile(argument => !argument.StartsWith('-')).ToArray();
        var rows = new List<(Mark Mark, List<Result> Results)>();
        using var service = new ServiceUnderTest();
        foreach (var mark in Mark.All.Where(mark => names.Length == 0 || names.Contains(mark.Name)))
        {
            if (PathOf(folder, mark.IsSplitInFiles ? $"{mark.Name}_train" : mark.Name) is not { } file)
            {
                Console.WriteLine($"{mark.Name}: skipped, there is no such file");
                continue;
            }

            service.Upload(mark.Name, file);
            if (mark.IsSplitInFiles)
                service.Upload($"{mark.Name}_test", PathOf(folder, $"{mark.Name}_test")!);
            var results = Enumerable.Range(1, Seeds).Select(seed => Measure(service, mark, seed)).ToList();
            rows.Add((mark, results));
        }

        if (arguments.Contains("--write"))
            File.WriteAllText(Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks", "accuracy.md"), AccuracyReport.Of(rows));
        return rows.All(row => row.Results.Average(result => result.Figure) >= row.Mark.Least) ? 0 : 1;
    }

    private static Result Measure(ServiceUnderTest service, Mark mark, int seed)
    {
        var split = mark.IsSplitInFiles ? """{"test":0}""" : """{"testEvery":5}""";
        var job = service.Train($$"""{"dataset":"{{mark.Name}}","target":"{{mark.Target}}","split":{{split}},"seed":{{seed}}}""");
        var metrics = job["metrics"]!;
        var test = metrics["test"];
        var linear = metrics["baselines"]?["linear"];
        if (mark.IsSplitInFiles)
        {
            var evaluation = service.Evaluate(mark.Name, $"{mark.Name}_test");
            (test, linear) = (evaluation["metrics"], evaluation["baselines"]?["linear"]);
        }

        var figure = mark.IsRegression ? "r2" : "accuracy";
        var seconds = ((DateTime)job["endedAt"]! - (DateTime)job["startedAt"]!).TotalSeconds;
        var result = new Result((double)test![figure]!, (double?)linear?[figure], seconds, (int)job["epoch"]!);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{mark.Name} seed {seed}: {result.Figure:0.0000} (mark {mark.Least:0.0000}), linear {result.Linear:0.0000}, {result.Epochs} epochs, "
                + $"{result.Seconds:0.00} s"));
        return result;
    }

    private static string? PathOf(string folder, string name) =>
        new[] { ".csv", ".csv.gz" }.Select(end => Path.Combine(folder, name + end)).FirstOrDefault(File.Exists);
}

/// <summary>What one training came to.</summary>
/// <param name="Figure">Accuracy or R² on the test rows.</param>
/// <param name="Linear">The same of the linear model the job trains beside the network; null where there is none.</param>
/// <param name="Seconds">From the start of the training to its end, baselines and intervals included.</param>
/// <param name="Epochs">Epochs trained.</param>
internal sealed record Result(double Figure, double? Linear, double Seconds, int Epochs);
