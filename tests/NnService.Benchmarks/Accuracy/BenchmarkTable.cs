namespace NnService.Benchmarks.Accuracy;

/// <summary>A table with a fixed split.</summary>
/// <param name="Name">The table's name; its file is the name with .csv or .csv.gz.</param>
/// <param name="Target">The column to predict.</param>
/// <param name="TestRows">Rows nobody trains on.</param>
internal sealed record BenchmarkTable(string Name, string Target, int TestRows)
{
    /// <summary>From the smallest to the largest.</summary>
    public static IReadOnlyList<BenchmarkTable> All { get; } =
    [
        new("iris", "species", 30),
        new("penguins", "species", 69),
        new("diabetes", "progression", 89) { IsRegression = true },
        new("breast_cancer", "diagnosis", 114),
        new("pima_diabetes", "diabetes", 154),
        new("concrete", "compressive_strength", 206) { IsRegression = true, AskedFigure = 0.925 },
        new("digits", "digit", 360),
        new("ames_housing", "sale_price", 586) { IsRegression = true, AskedFigure = 0.87 },
        new("credit_data", "status", 891),
        new("spam", "type", 921),
        new("satellite", "classes", 1287),
        new("telco_churn", "churn", 1409),
        new("letter_recognition", "letter", 4000) { AskedFigure = 0.970 },
        new("fashion_mnist", "label", 4000) { IsSplitInFiles = true, AskedFigure = 0.875 },
        new("california_housing", "median_house_value", 4128) { IsRegression = true },
        new("california_housing_8", "med_house_val", 4128) { IsRegression = true, AskedError = 0.45, AskedErrorOfBest = 0.43 },
        new("adult", "income", 9769) { AskedFigure = 0.870 },
        new("diamonds", "price", 10_788) { IsRegression = true },
    ];

    /// <summary>Whether the figure is R² rather than accuracy.</summary>
    public bool IsRegression { get; init; }

    /// <summary>
    /// Whether training and test rows are files of their own, …_train and …_test; otherwise every fifth row, the first one included, is test.
    /// </summary>
    public bool IsSplitInFiles { get; init; }

    /// <summary>The accuracy or R² that the recipe standard is to reach; null: only what peers reach.</summary>
    public double? AskedFigure { get; init; }

    /// <summary>The root mean squared error that the recipe standard is to stay within; null: none.</summary>
    public double? AskedError { get; init; }

    /// <summary>The same for the recipe best.</summary>
    public double? AskedErrorOfBest { get; init; }

    /// <summary>
    /// One standard error of a share of the test rows, two more of either kind added, so that a share of 1 has one too (Agresti and Coull 1998).
    /// </summary>
    public double ShareError(double share)
    {
        var (rows, right) = (TestRows + 4, (share * TestRows) + 2);
        return Math.Sqrt(right / rows * (1 - (right / rows)) / rows);
    }
}
