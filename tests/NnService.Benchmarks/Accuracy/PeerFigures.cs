using System.Globalization;

namespace NnService.Benchmarks.Accuracy;

/// <summary>
/// What peers reached on the same rows, measured once (peers.csv): scikit-learn 1.2.1, PyTorch 1.13.1 and XGBoost 1.7.4 on one thread.
/// </summary>
internal static class PeerFigures
{
    /// <summary>Networks of two hidden layers, 64 and 32: MLPClassifier or MLPRegressor, PyTorch with Adam, and with AdamW stopped early.</summary>
    public static readonly string[] Networks = ["scikitLearn", "torch", "torchEarlyStopping"];

    /// <summary>Boosted trees: XGBoost with its defaults and stopped early, HistGradientBoosting with 100 and 300 rounds.</summary>
    public static readonly string[] Boosters = ["xgboost", "xgboostEarlyStopping", "histGradientBoosting", "histGradientBoosting300"];

    private static readonly Dictionary<(string Table, string Model), PeerFigure> s_figures =
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Accuracy", "peers.csv")).Skip(1).Select(line => line.Split(','))
            .ToDictionary(
                cells => (cells[0], cells[1]), cells => new PeerFigure(Number(cells[2]) ?? Number(cells[3])!.Value, Number(cells[4]), Number(cells[5])!.Value));

    /// <summary>Of one peer.</summary>
    public static PeerFigure Of(BenchmarkTable table, string model) => s_figures[(table.Name, model)];

    /// <summary>The best accuracy or R² of several.</summary>
    public static double Best(BenchmarkTable table, string[] models) => models.Max(model => Of(table, model).Figure);

    private static double? Number(string cell) => cell.Length == 0 ? null : double.Parse(cell, CultureInfo.InvariantCulture);
}

/// <summary>What a peer reached.</summary>
/// <param name="Figure">Accuracy or R² on the test rows; the mean where it ran several times.</param>
/// <param name="LogLoss">Null in a regression.</param>
/// <param name="ProcessorSeconds">To fit it.</param>
internal sealed record PeerFigure(double Figure, double? LogLoss, double ProcessorSeconds);
