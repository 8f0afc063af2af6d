using System.Text.Json;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Accuracy;

/// <summary>Trains XGBoost on the same rows, in the place of a recipe, to see beside ours what it costs.</summary>
internal static class XgboostPeer
{
    /// <summary>What it is called among the recipes.</summary>
    public const string Recipe = "xgboost";

    private const string Python = "/usr/bin/python3";

    private static readonly string s_script = Path.Combine(AppContext.BaseDirectory, "Accuracy", "xgboost_peer.py");

    /// <summary>Why it cannot run here; null: it can.</summary>
    public static string? Unavailable() => Contender.Output(Python, s_script, "version").ExitCode == 0 ? null : $"{Python} has no xgboost or no pandas";

    /// <summary>Trains and answers the test rows.</summary>
    /// <param name="table">The table.</param>
    /// <param name="file">Its rows.</param>
    /// <param name="testFile">Its test rows; null: every fifth of the others.</param>
    /// <param name="seed">Draws the validation rows.</param>
    public static Result Train(BenchmarkTable table, string file, string? testFile, int seed)
    {
        var (exitCode, output, errors) = Contender.Output(
            Python, s_script, file, testFile ?? "every5", table.Target, table.IsRegression ? "r2" : "accuracy", $"{seed}");
        return exitCode == 0
            ? JsonSerializer.Deserialize<Result>(output, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"XGBoost failed at {table.Name}: {errors}");
    }
}
