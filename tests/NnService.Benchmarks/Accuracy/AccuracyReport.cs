using System.Globalization;
using System.Text;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Accuracy;

/// <summary>The page with our figures beside those of peers.</summary>
internal static class AccuracyReport
{
    public static string Of(StoredResults stored)
    {
        var results = stored.All();
        var tables = results.Select(result => result.Table).Distinct().ToList();
        var (commits, leastLoad, mostLoad) = stored.Circumstances();
        var standard = results.Where(result => result.Recipe == "standard").ToList();
        var text = new StringBuilder();
        text.Append($$"""
            # What the recipes reach

            A job that names nothing but dataset, target, split, recipe and seed: task, features, encodings, network, optimizer, batch size and the end of the training are the service's own choice ([decision 59](../decisions/0059-recipes.md)). One command makes this page:

            ```bash
            dotnet run -c Release --project tests/NnService.Benchmarks -- accuracy --data FOLDER --write
            ```

            FOLDER holds the tables as CSV (`.csv` or `.csv.gz`); the small ones are in `tests/SampleData`, the others are not in the repository, and what is missing is skipped. Names of tables in front, `--recipe fast` and `--seeds 1` make it measure a part of it again; [accuracy.csv](accuracy.csv) has every training, with the commit it is of.

            - {{DateTime.UtcNow:yyyy-MM-dd}}, commit{{(commits.Count == 1 ? "" : "s")}} {{string.Join(", ", commits)}}, {{Machine.Processor}}, .NET {{Environment.Version}}
            - Figures of the test rows, over {{Seeds(standard)}} seeds: mean, least and greatest in brackets. Accuracy; R² for tables marked R².
            - Test rows are every fifth row (`"split": {"testEvery": 5}`), which nobody trains on; a tenth of the others decides when to stop. fashion_mnist is a part of the canonical table, the first 16,000 training rows (trained with `"test": 0`) and the first 4,000 test rows (`evaluate`).
            - Peers: measured once on the same split, on one thread: scikit-learn 1.2.1 and PyTorch 1.13.1 with hidden layers of 64 and 32 (the best of MLPClassifier or MLPRegressor, PyTorch with Adam, and PyTorch with AdamW stopped early by a tenth of the training rows), a forest of 100 trees, XGBoost 1.7.4 (the better of its defaults and of up to 500 trees stopped early),
              scikit-learn's HistGradientBoosting (the better of 100 and 300 rounds). Untuned, and the better of two is chosen by the test rows themselves, which is in favour of the peers. `tests/NnService.Benchmarks/Accuracy/peers.csv` has each of them.
            - ✓ in "networks" and "boosters": the recipe `standard` is at or above the best of that kind less one standard error (of a share of the test rows; of R² by the interval of our own). Bold: at or above it without that.
            - Seconds: ours by the clock from the start of a job to its end, baselines and intervals included, and in brackets the service's processor seconds in that time, on two threads; the peers' processor seconds.
              XGBoost with brackets: measured on this machine by the same command, on one thread, from the table in memory to the model; at most 100 rounds of histograms, stopped early by a tenth of the training rows, all else its defaults. Without brackets: as above.
              Load of the machine meanwhile: {{leastLoad.ToString("0", CultureInfo.InvariantCulture)}} to {{mostLoad.ToString("0", CultureInfo.InvariantCulture)}}; above the number of cores, our seconds by the clock are too many.


            """);
        text.AppendLine("## Accuracy and R²").AppendLine();
        text.AppendLine("| table | standard | fast | linear | best network | forest | XGBoost | HistGB | networks | boosters | asked |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var table in tables)
            text.AppendLine(FigureRow(table, results));
        text.AppendLine().AppendLine(Summary(standard)).AppendLine();

        text.AppendLine("## Log loss").AppendLine();
        text.AppendLine("| table | standard | fast | linear | best network | forest | XGBoost | HistGB | standard no worse than fast |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var table in tables.Where(table => !table.IsRegression))
            text.AppendLine(LogLossRow(table, results));

        text.AppendLine().AppendLine("## Seconds").AppendLine();
        text.AppendLine("| table | standard | epochs | fast | epochs | best network | forest | XGBoost | HistGB |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var table in tables)
            text.AppendLine(SecondsRow(table, results));
        if (Price(tables, results) is { } price)
            text.AppendLine().AppendLine(price);
        if (results.Any(result => result.Recipe == "best"))
            AddBest(text, tables, results);
        return text.ToString().ReplaceLineEndings("\n");
    }

    // Beside the same seeds of the recipe standard.
    private static void AddBest(StringBuilder text, List<BenchmarkTable> tables, IReadOnlyList<RecipeResults> results)
    {
        text.AppendLine().AppendLine("## The recipe best").AppendLine();
        text.AppendLine($"Several networks of different layers, chosen and set right by the validation part ([decision 78](../decisions/0078-best.md)), "
            + $"over {Seeds([.. results.Where(result => result.Recipe == "best")])} seeds, beside the recipe standard with the same. Bold: the better of the two.").AppendLine();
        text.AppendLine("| table | best | standard | best network | best booster | log loss, best | log loss, standard | seconds, best | seconds, standard | asked |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var table in tables)
        {
            if (Find(results, table, "best") is not { } best || Find(results, table, "standard") is not { } all)
                continue;
            var standard = all with { Seeds = [.. all.Seeds.Take(best.Seeds.Count)] };
            text.AppendLine($"| {table.Name}{(table.IsRegression ? " (R²)" : "")} | {Better(best.Figure, standard.Figure)} | {Better(standard.Figure, best.Figure)} | "
                + $"{Four(PeerFigures.Best(table, PeerFigures.Networks))} | {Four(PeerFigures.Best(table, PeerFigures.Boosters))} | "
                + $"{Better(-best.LogLoss, -standard.LogLoss)} | {Better(-standard.LogLoss, -best.LogLoss)} | "
                + $"{SecondsOf(best)} | {SecondsOf(standard)} | {Asked(table, best)} |");
        }
    }

    private static string Seeds(List<RecipeResults> results)
    {
        var (least, most) = (results.Min(result => result.Seeds.Count), results.Max(result => result.Seeds.Count));
        return least == most ? $"{most}" : $"{least} to {most}";
    }

    private static string Better(double? figure, double? other) =>
        figure is not { } number ? "" : number >= other ? $"**{Four(Math.Abs(number))}**" : Four(Math.Abs(number));

    private static string Summary(List<RecipeResults> standard)
    {
        static string Missed(IEnumerable<RecipeResults> missed) =>
            missed.Any() ? $" (missed: {string.Join(", ", missed.Select(result => result.Table.Name))})" : "";
        var (networks, boosters) = (standard.Where(result => !result.MeetsNetworks), standard.Where(result => !result.MeetsBoosters));
        return $"At or above the best of the peers' networks, less one standard error: {standard.Count(result => result.MeetsNetworks)} of {standard.Count} "
            + $"tables{Missed(networks)}. At or above the better of XGBoost and HistGradientBoosting, less one standard error: "
            + $"{standard.Count(result => result.MeetsBoosters)} of {standard.Count}{Missed(boosters)}. "
            + $"Asked for and reached: {standard.Count(result => result.MeetsAsked == true)} of {standard.Count(result => result.MeetsAsked is not null)}.";
    }

    private static string FigureRow(BenchmarkTable table, IReadOnlyList<RecipeResults> results)
    {
        var ours = Find(results, table, "standard");
        return $"| {table.Name}{(table.IsRegression ? " (R²)" : "")} | {Figures(ours)} | {Figures(Find(results, table, "fast"))} | "
            + string.Join(" | ", Columns(table).Select(models => Four(PeerFigures.Best(table, models))))
            + $" | {Reached(ours?.MeetsNetworks, ours?.Figure >= PeerFigures.Best(table, PeerFigures.Networks))}"
            + $" | {Reached(ours?.MeetsBoosters, ours?.Figure >= PeerFigures.Best(table, PeerFigures.Boosters))} | {Asked(table, ours)} |";
    }

    private static string LogLossRow(BenchmarkTable table, IReadOnlyList<RecipeResults> results)
    {
        var (ours, fast) = (Find(results, table, "standard"), Find(results, table, "fast"));
        return $"| {table.Name} | {Four(ours?.LogLoss)} | {Four(fast?.LogLoss)} | "
            + string.Join(" | ", Columns(table).Select(models => Four(models.Min(model => PeerFigures.Of(table, model).LogLoss))))
            + $" | {(ours is null || fast is null ? "" : Reached(ours.IsNoWorseThan(fast), ours.LogLoss <= fast.LogLoss))} |";
    }

    private static string SecondsRow(BenchmarkTable table, IReadOnlyList<RecipeResults> results) =>
        $"| {table.Name} | {Seconds(Find(results, table, "standard"))} | {Seconds(Find(results, table, "fast"))} | "
        + string.Join(" | ", Columns(table).Skip(1).Select(models => models.Contains(XgboostPeer.Recipe) && Find(results, table, XgboostPeer.Recipe) is { } here
            ? SecondsOf(here, "0.00")
            : OfBest(table, models).ToString("0.0", CultureInfo.InvariantCulture))) + " |";

    private static IEnumerable<string[]> Columns(BenchmarkTable table) =>
        [["linear"], PeerFigures.Networks, ["forest"], PeerFigures.Boosters[..2], PeerFigures.Boosters[2..]];

    private static double OfBest(BenchmarkTable table, string[] models) =>
        models.Select(model => PeerFigures.Of(table, model)).MaxBy(peer => peer.Figure)!.ProcessorSeconds;

    private static RecipeResults? Find(IReadOnlyList<RecipeResults> results, BenchmarkTable table, string recipe) =>
        results.FirstOrDefault(result => result.Table == table && result.Recipe == recipe);

    private static string Figures(RecipeResults? of)
    {
        if (of is null)
            return "";
        var mean = $"**{Four(of.Figure)}**";
        return of.Seeds.Count == 1 ? mean : $"{mean} ({Four(of.Seeds.Min(result => result.Figure))}–{Four(of.Seeds.Max(result => result.Figure))})";
    }

    private static string Seconds(RecipeResults? of) =>
        of is null ? " | " : $"{SecondsOf(of)} | {of.Seeds.Min(result => result.Epochs)}–{of.Seeds.Max(result => result.Epochs)}";

    private static string SecondsOf(RecipeResults of, string form = "0.0") =>
        $"{of.Seeds.Average(result => result.Seconds).ToString(form, CultureInfo.InvariantCulture)} "
        + $"({of.Seeds.Average(result => result.ProcessorSeconds).ToString(form, CultureInfo.InvariantCulture)})";

    // What a user pays who takes us instead; null where XGBoost was not measured. Below a hundredth of a second a clock says nothing.
    private static string? Price(List<BenchmarkTable> tables, IReadOnlyList<RecipeResults> results)
    {
        static double Processor(RecipeResults of) => of.Seeds.Average(result => result.ProcessorSeconds);
        string? Times(string recipe)
        {
            double[] ratios =
            [
                .. from table in tables
                   let ours = Find(results, table, recipe)
                   let theirs = Find(results, table, XgboostPeer.Recipe)
                   where ours is not null && theirs is not null
                   orderby Processor(ours) / Math.Max(0.01, Processor(theirs))
                   select Processor(ours) / Math.Max(0.01, Processor(theirs)),
            ];
            return ratios is [] ? null : string.Create(
                CultureInfo.InvariantCulture, $"`{recipe}` {ratios[ratios.Length / 2]:0} times ({ratios[0]:0.0} to {ratios[^1]:0.0}, {ratios.Length} tables)");
        }

        string[] times = [.. new[] { "standard", "fast" }.Select(Times).OfType<string>()];
        return times is [] ? null
            : $"Processor seconds beside those of XGBoost, where both were measured here, by the median of the tables: {string.Join(", ", times)}.";
    }

    private static string Asked(BenchmarkTable table, RecipeResults? of) =>
        of?.MeetsAsked is not { } meets ? ""
        : of.AskedError is { } error
            ? string.Create(CultureInfo.InvariantCulture, $"RMSE {of.RootMeanSquaredError:0.0000}, at most {error}: {(meets ? "✓" : "**no**")}")
        : string.Create(CultureInfo.InvariantCulture, $"{table.AskedFigure}: {(meets ? "✓" : "**no**")}");

    private static string Reached(bool? meets, bool? isAbove) => meets is not { } reached ? "" : !reached ? "no" : isAbove == true ? "**✓**" : "✓";

    private static string Four(double? figure) => figure?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";
}
