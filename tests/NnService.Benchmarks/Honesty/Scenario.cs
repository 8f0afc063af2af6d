using NnService.Engine.Random;

namespace NnService.Benchmarks.Honesty;

/// <summary>A model of which the truth is known, and test parts to measure it on.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Rows">Rows of a test part.</param>
internal abstract record Scenario(string Name, int Rows)
{
    private static readonly double[] s_even = [0.5, 0.5];
    private static readonly double[] s_four = [0.55, 0.3, 0.1, 0.05];

    /// <summary>Small test parts, rare labels, models that are too sure of themselves, rows with weights, and errors with heavy tails.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new ClassificationScenario("two labels", 20, s_even, Separation: 2),
        new ClassificationScenario("two labels", 50, s_even, Separation: 2),
        new ClassificationScenario("two labels", 200, s_even, Separation: 2),
        new ClassificationScenario("two labels", 1000, s_even, Separation: 2),
        new ClassificationScenario("two labels, hard to tell", 200, s_even, Separation: 0.5),
        new ClassificationScenario("two labels, nearly all right", 200, [0.6, 0.4], Separation: 4),
        new ClassificationScenario("two labels, too sure", 200, [0.6, 0.4], Separation: 1.5, Sureness: 2.5),
        new ClassificationScenario("two labels, rows with weights", 200, s_even, Separation: 2, Spread: 1),
        new ClassificationScenario("a label of 5 %", 50, [0.95, 0.05], Separation: 3),
        new ClassificationScenario("a label of 5 %", 200, [0.95, 0.05], Separation: 3),
        new ClassificationScenario("a label of 5 %", 1000, [0.95, 0.05], Separation: 3),
        new ClassificationScenario("a label of 5 %, mostly missed", 200, [0.95, 0.05], Separation: 1.5),
        new ClassificationScenario("a label of 5 %, mostly missed, not stratified", 200, [0.95, 0.05], Separation: 1.5, IsStratified: false),
        new ClassificationScenario("a label of 3 %", 100, [0.97, 0.03], Separation: 3.2),
        new ClassificationScenario("a label of 3 %, mostly missed", 100, [0.97, 0.03], Separation: 2),
        new ClassificationScenario("four labels of 55 to 5 %", 50, s_four, Separation: 2.5),
        new ClassificationScenario("four labels of 55 to 5 %", 200, s_four, Separation: 2.5),
        new ClassificationScenario("four labels of 55 to 5 %", 1000, s_four, Separation: 2.5),
        new ClassificationScenario("four labels, rows with weights", 200, s_four, Separation: 2.5, Spread: 1),
        new RegressionScenario(20, Errors.Normal),
        new RegressionScenario(50, Errors.Normal),
        new RegressionScenario(200, Errors.Normal),
        new RegressionScenario(1000, Errors.Normal),
        new RegressionScenario(200, Errors.Normal, Spread: 1),
        new RegressionScenario(200, Errors.Laplace),
        new RegressionScenario(200, Errors.StudentFive),
        new RegressionScenario(50, Errors.Skewed),
        new RegressionScenario(200, Errors.Skewed),
        new RegressionScenario(1000, Errors.Skewed),
        new RegressionScenario(50, Errors.StudentTwoAndAHalf),
        new RegressionScenario(200, Errors.StudentTwoAndAHalf),
        new RegressionScenario(1000, Errors.StudentTwoAndAHalf),
    ];

    /// <summary>What the metrics are of endlessly many rows.</summary>
    /// <param name="manyRows">How many stand for that where it is not known by formula.</param>
    public abstract IReadOnlyDictionary<string, double> Truth(int manyRows);

    /// <summary>The intervals of one test part.</summary>
    public abstract IReadOnlyDictionary<string, double[]> Intervals(ulong seed);

    /// <summary>[rows] weights; empty where all weigh the same.</summary>
    protected double[] Weights(ulong seed, double spread)
    {
        var chance = Chance(seed, 2);
        return spread == 0 ? [] : [.. Enumerable.Range(0, Rows).Select(row => Math.Exp(spread * chance.Normal((ulong)row)))];
    }

    /// <summary>Random numbers that nothing else draws from.</summary>
    protected static RandomStream Chance(ulong seed, uint epoch) => new(seed, RandomPurpose.Sampling, epoch);
}
