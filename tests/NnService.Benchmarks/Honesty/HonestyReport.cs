using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Honesty;

/// <summary>The page with how often the intervals hold the truth.</summary>
internal static class HonestyReport
{
    public static string Of(IReadOnlyList<(Scenario Scenario, IReadOnlyList<Coverage> Metrics)> results, int samples)
    {
        var text = new StringBuilder();
        var error = 100 * Math.Sqrt(0.95 * 0.05 / samples);
        text.Append(string.Create(CultureInfo.InvariantCulture, $$"""
            # How often the intervals hold the truth

            A test metric stands beside its 95 % interval, unless its rows are too few or too much alike. Here each interval is put to the test: test parts are drawn from models of which the truth is known, and it is counted how often the interval holds it. One command makes this page, the same on every machine:

            ```bash
            dotnet run -c Release --project tests/NnService.Benchmarks -- honesty --write
            ```

            - Each figure is the share, in per cent, of {{samples:N0}} test parts, seeds 0 to {{samples - 1}}; the standard error of 95 % is {{error:0.0}}. The mark is 92 to 98 for every metric. **Bold**: outside of it; why, stands below.
            - In brackets the median width of the intervals: an interval from 0 to 1 would always be right.
            - Classifiers are the best there are for labels of normal features (or their logits times 2.5: "too sure"); the truth is that of 400,000 rows, for the regressions a formula. Test parts are stratified, as those of a job are, unless said otherwise.
            - "Rows with weights": the weights are lognormal, {{100 * Math.Exp(-1):0}} of 100 such rows tell as much as rows of equal weight (Kish's effective size).
            - `CoverageTests` runs a part of it in every build, with fewer test parts.


            """));
        Table(text, "Classification", results.Where(result => result.Scenario is ClassificationScenario));
        Table(text, "Regression", results.Where(result => result.Scenario is RegressionScenario));
        text.AppendLine("## Where the mark is missed").AppendLine();
        foreach (var reason in KnownMiss.All.Select(miss => miss.Reason).Distinct())
            if (Missed(results, reason) is { Length: > 0 } missed)
                text.AppendLine($"- {missed}: {reason}");
        if (Missed(results, null) is { Length: > 0 } others)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {others}: no further off than {samples:N0} test parts can be by chance, two standard errors.");
        text.AppendLine().AppendLine(Summary(results));
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void Table(StringBuilder text, string title, IEnumerable<(Scenario Scenario, IReadOnlyList<Coverage> Metrics)> results)
    {
        var rows = results.ToList();
        if (rows.Count == 0)
            return;
        text.AppendLine($"## {title}").AppendLine();
        text.AppendLine($"| test parts | rows | {string.Join(" | ", rows[0].Metrics.Select(metric => metric.Metric))} |");
        text.AppendLine($"|---|---|{string.Concat(rows[0].Metrics.Select(_ => "---|"))}");
        foreach (var (scenario, metrics) in rows)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {scenario.Name} | {scenario.Rows} | {string.Join(" | ", metrics.Select(Cell))} |");
        text.AppendLine();
    }

    private static string Cell(Coverage of)
    {
        var share = (100 * of.Share).ToString("0.0", CultureInfo.InvariantCulture);
        var none = of.Missing == 0 ? "" : $"; none in {of.Missing}";
        return string.Create(CultureInfo.InvariantCulture, $"{(IsOff(of) ? $"**{share}**" : share)} ({of.Width:G2}{none})");
    }

    private static bool IsOff(Coverage of) => of.Share is < KnownMiss.Least or > KnownMiss.Most;

    private static string Missed(IReadOnlyList<(Scenario Scenario, IReadOnlyList<Coverage> Metrics)> results, string? reason) => string.Join("; ",
        from result in results
        let metrics = result.Metrics.Where(metric => IsOff(metric) && KnownMiss.Find(result.Scenario, metric.Metric)?.Reason == reason).ToList()
        where metrics.Count > 0
        select $"{result.Scenario.Name}, {result.Scenario.Rows} rows ({string.Join(", ", metrics.Select(metric => metric.Metric))})");

    private static string Summary(IReadOnlyList<(Scenario Scenario, IReadOnlyList<Coverage> Metrics)> results)
    {
        var all = results.SelectMany(result => result.Metrics).ToList();
        return $"Of {all.Count} intervals {all.Count(of => !IsOff(of))} reach the mark, "
            + $"{all.Count(of => of.Share < KnownMiss.Least)} hold the truth less often and {all.Count(of => of.Share > KnownMiss.Most)} more often.";
    }
}
