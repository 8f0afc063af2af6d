namespace NnService.Benchmarks.Accuracy;

/// <summary>What one training came to.</summary>
/// <param name="Figure">Accuracy or R² on the test rows.</param>
/// <param name="FigureError">One standard error of it over other test rows, by its 95 % interval.</param>
/// <param name="RootMeanSquaredError">Null in a classification.</param>
/// <param name="LogLoss">Null in a regression.</param>
/// <param name="LogLossError">One standard error of the log loss; 0 in a regression.</param>
/// <param name="Seconds">From the start of the training to its end, baselines and intervals included.</param>
/// <param name="ProcessorSeconds">Of the service in that time, over all its threads.</param>
/// <param name="Epochs">Epochs trained.</param>
internal sealed record Result(
    double Figure, double FigureError, double? RootMeanSquaredError, double? LogLoss, double LogLossError, double Seconds, double ProcessorSeconds, int Epochs);

/// <summary>The trainings of one table by one recipe, a seed each.</summary>
internal sealed record RecipeResults(BenchmarkTable Table, string Recipe, IReadOnlyList<Result> Seeds)
{
    public double Figure => Seeds.Average(result => result.Figure);

    public double? LogLoss => Seeds.Average(result => result.LogLoss);

    public double? RootMeanSquaredError => Seeds.Average(result => result.RootMeanSquaredError);

    /// <summary>The best of the peers' networks, less one standard error.</summary>
    public double NetworkMark => Less(PeerFigures.Best(Table, PeerFigures.Networks));

    /// <summary>The best of the peers' boosted trees, less one standard error.</summary>
    public double BoosterMark => Less(PeerFigures.Best(Table, PeerFigures.Boosters));

    public bool MeetsNetworks => Figure >= NetworkMark;

    public bool MeetsBoosters => Figure >= BoosterMark;

    /// <summary>The root mean squared error that the recipe is to stay within; null: none.</summary>
    public double? AskedError => Recipe == "best" ? Table.AskedErrorOfBest : Table.AskedError;

    /// <summary>Whether the figure asked for is reached; null where none is.</summary>
    public bool? MeetsAsked =>
        Table.AskedFigure is { } figure ? Figure >= figure
        : AskedError is { } error ? RootMeanSquaredError <= error
        : null;

    /// <summary>Whether the log loss is no worse than that of another recipe by more than one standard error; true in a regression.</summary>
    public bool IsNoWorseThan(RecipeResults other) => Table.IsRegression || LogLoss <= other.LogLoss + other.Seeds.Average(result => result.LogLossError);

    // R² of other test rows varies as ours does; a share as its size says.
    private double Less(double figure) => figure - (Table.IsRegression ? Seeds.Average(result => result.FigureError) : Table.ShareError(figure));
}
