using System.Globalization;
using System.Text;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Accuracy;

/// <summary>The page with our figures beside those of peers.</summary>
internal static class AccuracyReport
{
    public static string Of(IReadOnlyList<(Mark Mark, List<Result> Results)> rows)
    {
        var text = new StringBuilder();
        text.Append($$"""
            # What the default job reaches

            A job that names nothing but dataset, target, split and seed: task, features, network, optimizer, batch size and the end of the training are the service's own choice. One command makes this page:

            ```bash
            dotnet run -c Release --project tests/NnService.Benchmarks -- accuracy --data FOLDER --write
            ```

            FOLDER holds the tables as CSV (`.csv` or `.csv.gz`); the small ones are in `tests/SampleData`, the two large ones are not in the repository, and what is missing is skipped.

            - {{DateTime.UtcNow:yyyy-MM-dd}}, commit {{Machine.Commit}}, {{Machine.Processor}}, .NET {{Environment.Version}}
            - Figures of the test rows, seeds 1 to 5: mean, least and greatest in brackets. Accuracy; R² for diabetes and diamonds.
            - Test rows are every fifth row (`"split": {"testEvery": 5}`), which nobody trains on; a tenth of the others decides when to stop. fashion_mnist is a part of the canonical table, the first 16,000 training rows (trained with `"test": 0`) and the first 4,000 test rows (`evaluate`).
            - Peers: measured on the same split with scikit-learn 1.2.1 and PyTorch 1.13.1, on one thread, hidden layers of 64 and 32; PyTorch with AdamW, stopped early by a tenth of the training rows.
            - Mark: the better of the two peer networks less one standard error of a share of the test rows (R²: less 0.01). For fashion_mnist 0.860.
            - Seconds: ours by the clock from the start of a job to its end, baselines and intervals included; the peers' processor seconds for their network alone.
              Load of the machine at the end: {{Machine.Load.ToString("0", CultureInfo.InvariantCulture)}}; above the number of cores, our seconds are too many.

            | table | ours | ours, linear baseline | epochs | s | linear | scikit-learn | PyTorch | s | mark | met |
            |---|---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (var (mark, results) in rows)
            text.AppendLine(Row(mark, results));
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Row(Mark mark, List<Result> results)
    {
        double[] figures = [.. results.Select(result => result.Figure)];
        var linear = results.Average(result => result.Linear);
        return string.Create(
            CultureInfo.InvariantCulture, $"| {mark.Name} | **{figures.Average():0.0000}** ({figures.Min():0.0000}–{figures.Max():0.0000}) | {linear:0.0000} ")
            + string.Create(CultureInfo.InvariantCulture,
                $"| {results.Min(result => result.Epochs)}–{results.Max(result => result.Epochs)} | {results.Average(result => result.Seconds):0.0} ")
            + string.Create(CultureInfo.InvariantCulture,
                $"| {mark.Linear:0.0000} | {mark.ScikitLearn:0.0000} | {mark.Torch:0.0000} | {mark.PeerSeconds.ScikitLearn:0.0}, {mark.PeerSeconds.Torch:0.0} ")
            + string.Create(CultureInfo.InvariantCulture, $"| {mark.Least:0.0000} | {(figures.Average() >= mark.Least ? "yes" : "**no**")} |");
    }
}
