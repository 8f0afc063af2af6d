using System.Globalization;
using System.Reflection;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Accuracy;

/// <summary>
/// Everything that was measured, a line for each training: a file beside the page, so that a part can be measured again and the page made of all. Each line
/// says of which commit it is.
/// </summary>
/// <param name="file">The file; it need not be there.</param>
internal sealed class StoredResults(string file)
{
    private const string Head = "table,recipe,seed,commit,load,figure,figure_error,rmse,log_loss,log_loss_error,seconds,processor_seconds,epochs";

    private readonly SortedDictionary<(int Table, string Recipe, int Seed), string[]> _lines = Read(file);

    // Of which this program was built: the tree may have moved on since.
    private readonly string _commit = typeof(StoredResults).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        .Split('+') is [_, { Length: > 7 } revision] ? revision[..7] : Machine.Commit;

    /// <summary>Puts a result in the place of an older one, and writes the file.</summary>
    public void Put(BenchmarkTable table, string recipe, int seed, Result result)
    {
        _lines[(PlaceOf(table.Name), recipe, seed)] =
        [
            table.Name, recipe, Text(seed), _commit, Text(Math.Round(Machine.Load)), Text(result.Figure), Text(result.FigureError), Text(result.RootMeanSquaredError),
            Text(result.LogLoss), Text(result.LogLossError), Text(Math.Round(result.Seconds, 2)), Text(Math.Round(result.ProcessorSeconds, 2)), Text(result.Epochs),
        ];
        File.WriteAllLines(file, [Head, .. _lines.Values.Select(cells => string.Join(',', cells))]);
    }

    /// <summary>All of them, by table and recipe.</summary>
    public IReadOnlyList<RecipeResults> All() =>
    [
        .. _lines.GroupBy(line => (line.Key.Table, line.Key.Recipe))
            .Select(group => new RecipeResults(BenchmarkTable.All[group.Key.Table], group.Key.Recipe, [.. group.Select(line => Of(line.Value))])),
    ];

    /// <summary>The commits that the lines are of, and the loads of the machine at their ends.</summary>
    public (IReadOnlyList<string> Commits, double LeastLoad, double MostLoad) Circumstances() =>
        ([.. _lines.Values.Select(cells => cells[3]).Distinct()], _lines.Values.Min(cells => Number(cells[4])), _lines.Values.Max(cells => Number(cells[4])));

    private static SortedDictionary<(int Table, string Recipe, int Seed), string[]> Read(string file)
    {
        var lines = new SortedDictionary<(int Table, string Recipe, int Seed), string[]>();
        foreach (var cells in File.Exists(file) ? File.ReadLines(file).Skip(1).Select(line => line.Split(',')) : [])
            lines[(PlaceOf(cells[0]), cells[1], int.Parse(cells[2], CultureInfo.InvariantCulture))] = cells;
        return lines;
    }

    private static int PlaceOf(string table) => BenchmarkTable.All.Index().First(item => item.Item.Name == table).Index;

    private static Result Of(string[] cells) => new(
        Number(cells[5]), Number(cells[6]), Optional(cells[7]), Optional(cells[8]), Number(cells[9]), Number(cells[10]), Number(cells[11]), (int)Number(cells[12]));

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    private static double? Optional(string cell) => cell.Length == 0 ? null : Number(cell);

    private static string Text(double? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";
}
