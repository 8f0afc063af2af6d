namespace NnService.Benchmarks.Accuracy;

/// <summary>What a run is asked to do.</summary>
/// <param name="Folder">Holds the tables.</param>
/// <param name="Tables">The tables to train on.</param>
/// <param name="Recipes">The recipes to train with.</param>
/// <param name="Seeds">Seeds 1 to this.</param>
/// <param name="Writes">Whether the page is written.</param>
internal sealed record AccuracyOptions(string Folder, IReadOnlyList<BenchmarkTable> Tables, string[] Recipes, int Seeds, bool Writes)
{
    /// <summary>Read from the command line; null, and a line on the console, where it makes no sense.</summary>
    public static AccuracyOptions? Read(string[] arguments)
    {
        string? After(string option) => arguments.SkipWhile(argument => argument != option).Skip(1).FirstOrDefault();

        var names = arguments.TakeWhile(argument => !argument.StartsWith('-')).ToArray();
        var unknown = names.Except(BenchmarkTable.All.Select(table => table.Name)).FirstOrDefault();
        var folder = After("--data");
        var seeds = After("--seeds");
        var problem = folder is null || !Directory.Exists(folder) ? "Say with --data which folder holds the tables."
            : unknown is not null ? $"There is no table {unknown}; there are {string.Join(", ", BenchmarkTable.All.Select(table => table.Name))}."
            : seeds is not null && !(int.TryParse(seeds, out var count) && count > 0) ? "--seeds takes a number from 1: seeds 1 to that are trained."
            : null;
        if (problem is not null)
        {
            Console.Error.WriteLine(problem);
            return null;
        }

        return new AccuracyOptions(
            folder!,
            [.. BenchmarkTable.All.Where(table => names.Length == 0 || names.Contains(table.Name))],
            After("--recipe")?.Split(',') ?? ["standard", "fast"],
            seeds is null ? 5 : int.Parse(seeds),
            arguments.Contains("--write"));
    }
}
