namespace NnService.Benchmarks.Accuracy;

/// <summary>What a run is asked to do.</summary>
/// <param name="Folder">Holds the tables.</param>
/// <param name="Tables">The tables to train on.</param>
/// <param name="Recipes">The recipes to train with, and <see cref="XgboostPeer.Recipe"/>.</param>
/// <param name="Seeds">Seeds 1 to this.</param>
/// <param name="SeedsOfBest">The same for the recipe <c>best</c>, which takes its time.</param>
/// <param name="Writes">Whether the page is written.</param>
internal sealed record AccuracyOptions(string Folder, IReadOnlyList<BenchmarkTable> Tables, string[] Recipes, int Seeds, int SeedsOfBest, bool Writes)
{
    /// <summary>Read from the command line; null, and a line on the console, where it makes no sense.</summary>
    public static AccuracyOptions? Read(string[] arguments)
    {
        string? After(string option) => arguments.SkipWhile(argument => argument != option).Skip(1).FirstOrDefault();

        var names = arguments.TakeWhile(argument => !argument.StartsWith('-')).ToArray();
        var unknown = names.Except(BenchmarkTable.All.Select(table => table.Name)).FirstOrDefault();
        var folder = After("--data");
        var seeds = After("--seeds");
        var seedsOfBest = After("--seeds-of-best");
        var problem = folder is null || !Directory.Exists(folder) ? "Say with --data which folder holds the tables."
            : unknown is not null ? $"There is no table {unknown}; there are {string.Join(", ", BenchmarkTable.All.Select(table => table.Name))}."
            : !IsCount(seeds) || !IsCount(seedsOfBest) ? "--seeds and --seeds-of-best take a number from 1: seeds 1 to that are trained."
            : null;
        if (problem is not null)
        {
            Console.Error.WriteLine(problem);
            return null;
        }

        return new AccuracyOptions(
            folder!,
            [.. BenchmarkTable.All.Where(table => names.Length == 0 || names.Contains(table.Name))],
            After("--recipe")?.Split(',') ?? ["standard", "fast", "best", XgboostPeer.Recipe],
            seeds is null ? 5 : int.Parse(seeds),
            seedsOfBest is null ? 1 : int.Parse(seedsOfBest),
            arguments.Contains("--write"));

        static bool IsCount(string? text) => text is null || (int.TryParse(text, out var count) && count > 0);
    }

    /// <summary>Seeds of a recipe.</summary>
    public IEnumerable<int> SeedsOf(string recipe) => Enumerable.Range(1, recipe == "best" ? SeedsOfBest : Seeds);
}
