using System.Globalization;
using System.Text.Json.Nodes;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Accuracy;

/// <summary>Trains every table with nothing but dataset, target, split, recipe and seed, and sets the figures beside those of peers.</summary>
internal static class AccuracyRun
{
    private const double ErrorsOfAnInterval = 2 * 1.96; // a 95 % interval's width in standard errors

    /// <summary>Runs what the arguments ask for; the exit code: 0 where the recipe standard has reached every mark that was tried.</summary>
    public static int FromCommandLine(string[] arguments)
    {
        if (AccuracyOptions.Read(arguments) is not { } options)
            return 2;
        var folder = Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks");
        var stored = new StoredResults(Path.Combine(folder, "accuracy.csv"));
        var results = new List<RecipeResults>();
        string[] recipes = options.Recipes;
        if (recipes.Contains(XgboostPeer.Recipe) && XgboostPeer.Unavailable() is { } reason)
        {
            Console.WriteLine($"{XgboostPeer.Recipe}: skipped, {reason}");
            recipes = [.. recipes.Where(recipe => recipe != XgboostPeer.Recipe)];
        }

        using var service = new ServiceUnderTest("--Training:LowPriority=false"); // whatever else runs on the machine
        foreach (var table in options.Tables)
        {
            if (PathOf(options.Folder, table.IsSplitInFiles ? $"{table.Name}_train" : table.Name) is not { } file)
            {
                Console.WriteLine($"{table.Name}: skipped, there is no such file");
                continue;
            }

            service.Upload(table.Name, file);
            var testFile = table.IsSplitInFiles ? PathOf(options.Folder, $"{table.Name}_test") : null;
            if (testFile is not null)
                service.Upload($"{table.Name}_test", testFile);
            foreach (var recipe in recipes)
            {
                var seeds = new List<Result>();
                foreach (var seed in options.SeedsOf(recipe))
                {
                    seeds.Add(recipe == XgboostPeer.Recipe ? XgboostPeer.Train(table, file, testFile, seed) : Measure(service, table, recipe, seed));
                    Print(table, recipe, seed, seeds[^1]);
                    if (!options.Writes)
                        continue;
                    stored.Put(table, recipe, seed, seeds[^1]);
                    File.WriteAllText(Path.Combine(folder, "accuracy.md"), AccuracyReport.Of(stored));
                }

                results.Add(new RecipeResults(table, recipe, seeds));
            }
        }

        return results.Where(result => result.Recipe == "standard").All(result => result.MeetsNetworks && result.MeetsAsked != false) ? 0 : 1;
    }

    private static Result Measure(ServiceUnderTest service, BenchmarkTable table, string recipe, int seed)
    {
        var split = table.IsSplitInFiles ? """{"test":0}""" : """{"testEvery":5}""";
        var before = service.ProcessorSeconds;
        var job = service.Train(
            $$"""{"dataset":"{{table.Name}}","target":"{{table.Target}}","split":{{split}},"recipe":"{{recipe}}","seed":{{seed}}}""");
        var processorSeconds = service.ProcessorSeconds - before;
        var (test, intervals) = (job["metrics"]!["test"], job["metrics"]!["intervals"]);
        if (table.IsSplitInFiles)
        {
            var evaluation = service.Evaluate(table.Name, $"{table.Name}_test");
            (test, intervals) = (evaluation["metrics"], evaluation["intervals"]);
        }

        var figure = table.IsRegression ? "r2" : "accuracy";
        return new Result(
            (double)test![figure]!, ErrorOf(intervals?[figure]), (double?)test["rootMeanSquaredError"],
            (double?)test["logLoss"], ErrorOf(intervals?["logLoss"]),
            ((DateTime)job["endedAt"]! - (DateTime)job["startedAt"]!).TotalSeconds, processorSeconds, (int)job["epoch"]!);
    }

    private static void Print(BenchmarkTable table, string recipe, int seed, Result result) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{table.Name} {recipe} seed {seed}: {result.Figure:0.0000} (networks {PeerFigures.Best(table, PeerFigures.Networks):0.0000}, "
            + $"boosters {PeerFigures.Best(table, PeerFigures.Boosters):0.0000}), {(table.IsRegression ? "RMSE" : "log loss")} "
            + $"{result.RootMeanSquaredError ?? result.LogLoss:0.0000}, {result.Epochs} {(recipe == XgboostPeer.Recipe ? "trees" : "epochs")}, "
            + $"{result.Seconds:0.00} s, {result.ProcessorSeconds:0.00} processor s"));

    private static double ErrorOf(JsonNode? interval) =>
        interval is JsonArray { Count: 2 } bounds ? ((double)bounds[1]! - (double)bounds[0]!) / ErrorsOfAnInterval : 0;

    private static string? PathOf(string folder, string name) =>
        new[] { ".csv", ".csv.gz" }.Select(end => Path.Combine(folder, name + end)).FirstOrDefault(File.Exists);
}
