using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NnService.Benchmarks.Serving;

/// <summary>How long a single row waits for its answer at a steady rate, with the server otherwise idle and beside a training job.</summary>
internal sealed class PacedPart(Stage stage, ServingOptions options)
{
    private const int Rate = 2_000;
    private const double TargetMilliseconds = 0.3;

    public void Measure(StringBuilder text)
    {
        foreach (var asked in Case.All)
            Load.Most(stage.Predicting(asked), stage.Script(asked), options.Seconds); // until everything is compiled
        var quiet = Case.All.Select(asked => Rounds(asked)).ToList();
        var job = StartJob();
        var beside = Case.All.Select(asked => Rounds(asked)).ToList();
        var (state, epochs) = End(job);
        if (state != "running" || epochs == 0)
            throw new InvalidOperationException($"The training job was {state} after {epochs} epochs, and should have run all the while.");

        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## Latency at {Rate:N0} requests/s

            One row a request over one connection, {options.Seconds} s a round. A request is due at its time, whether the one before is answered or not; where fewer are answered than are due, the time since then is that of a growing queue, and the time since it was sent tells more.
            "Beside training" shares the one core with a job of the same service (digits, 64-64-10, Adam).

            | | answers/s | p50 ms since due | target | p99 | p50 ms since sent | p99 |
            |---|---|---|---|---|---|---|
            """);
        foreach (var (asked, alone, together) in Case.All.Zip(quiet, beside))
        {
            Row(text, asked.Name, alone, $"≤ {TargetMilliseconds}");
            Row(text, $"{asked.Name} beside training", together, "");
        }
    }

    private static void Row(StringBuilder text, string name, List<Pace> rounds, string target) => text.AppendLine(
        $"| {name} | {Spread.Of(rounds.Select(round => round.PerSecond), "0")} | {Of(rounds, round => round.SinceDue, 50)} | {target} | "
            + $"{Of(rounds, round => round.SinceDue, 99)} " +
        $"| {Of(rounds, round => round.SinceSent, 50)} | {Of(rounds, round => round.SinceSent, 99)} |");

    private static string Of(List<Pace> rounds, Func<Pace, List<double>> times, int percent) =>
        Spread.Of(rounds.Select(round => Pace.Percentile(times(round), percent)), "0.000");

    private List<Pace> Rounds(Case asked) =>
        [.. Enumerable.Range(0, options.Rounds).Select(_ => Load.Paced(stage.Predicting(asked), asked.Body(), Rate, options.Seconds))];

    // The job's path, when it has trained for an epoch at least.
    private string StartJob()
    {
        var table = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "SampleData", "digits.csv"));
        stage.Post("/api/v1/datasets?name=digits", table, "text/csv");
        var job = stage.Post("/api/v1/training-jobs", """
            {"dataset":"digits","target":"digit","task":"multiclassClassification","network":{"layers":[{"type":"dense","units":64,"activation":"relu"},{"type":"dense","units":10,"activation":"softmax"}]},
             "optimizer":"adam","batchSize":32,"epochs":1000000,"historyLoss":"running","earlyStopping":{"patience":0} }
            """);
        var path = $"/api/v1/training-jobs/{job.GetProperty("id").GetString()}";
        while (Read(stage.Get(path)) is ("queued", _) or ("running", 0))
            Thread.Sleep(100);
        return path;
    }

    private (string? State, long Epochs) End(string job)
    {
        var before = Read(stage.Get(job));
        stage.Post($"{job}/cancel", "");
        while (Read(stage.Get(job)).State == "running")
            Thread.Sleep(100);
        return before;
    }

    private static (string? State, long Epochs) Read(JsonElement job) => (job.GetProperty("state").GetString(), job.GetProperty("epoch").GetInt64());
}
