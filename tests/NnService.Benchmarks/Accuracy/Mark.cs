namespace NnService.Benchmarks.Accuracy;

/// <summary>A table with a fixed split, and what peers reached on the same rows: scikit-learn 1.2.1 and PyTorch 1.13.1, one thread.</summary>
/// <param name="Name">The table's name; its file is the name with .csv or .csv.gz.</param>
/// <param name="Target">The column to predict.</param>
/// <param name="TestRows">Rows nobody trains on.</param>
/// <param name="Linear">Logistic regression (C = 1), or ridge regression (1.0).</param>
/// <param name="ScikitLearn">MLPClassifier or MLPRegressor, hidden layers 64 and 32.</param>
/// <param name="Torch">The same network in PyTorch, AdamW, stopped early by every tenth training row; mean of its runs.</param>
/// <param name="PeerSeconds">Processor seconds of those two.</param>
/// <param name="IsSplitInFiles">Whether training and test rows are files of their own, …_train and …_test; otherwise every fifth row, the first one included,
/// is test.</param>
/// <param name="Asked">The accuracy or R² asked for, where it is not the better of the two networks.</param>
internal sealed record Mark(
    string Name, string Target, int TestRows, double Linear, double ScikitLearn,
    double Torch, (double ScikitLearn, double Torch) PeerSeconds, bool IsSplitInFiles = false, double? Asked = null)
{
    public static IReadOnlyList<Mark> All { get; } =
    [
        new("iris", "species", 30, 0.9667, 0.9667, 0.9667, (0.06, 0.20)),
        new("penguins", "species", 69, 1.0000, 1.0000, 0.9942, (0.15, 0.80)),
        new("breast_cancer", "diagnosis", 114, 0.9649, 0.9561, 0.9491, (0.18, 1.06)),
        new("digits", "digit", 360, 0.9667, 0.9778, 0.9722, (0.76, 0.34)),
        new("diabetes", "progression", 89, 0.52, 0.3409, 0.4857, (0.24, 0.08)),
        new("diamonds", "price", 10_788, 0.917, 0.9744, 0.9757, (3.18, 16.15)),
        new("fashion_mnist", "label", 4000, 0.8250, 0.8455, 0.8572, (4.34, 2.08), true, 0.860),
    ];

    /// <summary>Whether the figure is R² rather than accuracy.</summary>
    public bool IsRegression => Name is "diabetes" or "diamonds";

    /// <summary>The better of the two networks, less one standard error of a share of the test rows (R²: 0.01).</summary>
    public double Least
    {
        get
        {
            if (Asked is { } asked)
                return asked;
            var better = Math.Max(ScikitLearn, Torch);
            return better - (IsRegression ? 0.01 : Math.Sqrt(better * (1 - better) / TestRows));
        }
    }
}
