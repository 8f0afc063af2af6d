using NnService.Engine.Random;

namespace NnService.Benchmarks.Honesty;

/// <summary>A model of which the truth is known, and test parts to measure it on.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Rows">Rows of a test part.</param>
internal abstract record Scenario(string Name, int Rows)
{
    /// <summary>Small test parts, rare labels, models that are too sure of themselves, and errors with heavy tails.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new ClassificationScenario("two labels", 100, [0.5, 0.5], Separation: 2),
        new ClassificationScenario("two labels", 400, [0.5, 0.5], Separation: 2),
        new ClassificationScenario("two labels, nearly all right", 200, [0.6, 0.4], Separation: 4),
        new ClassificationScenario("two labels, too sure", 200, [0.6, 0.4], Separation: 1.5, Sureness: 2.5),
        new ClassificationScenario("a label of 3 %, mostly missed", 100, [0.97, 0.03], Separation: 2),
        new ClassificationScenario("a label of 3 %", 100, [0.97, 0.03], Separation: 3.2),
        new ClassificationScenario("a label of 3 %", 400, [0.97, 0.03], Separation: 3.2),
        new ClassificationScenario("four labels of 55 to 5 %", 120, [0.55, 0.3, 0.1, 0.05], Separation: 2.5),
        new ClassificationScenario("four labels of 55 to 5 %", 500, [0.55, 0.3, 0.1, 0.05], Separation: 2.5),
        new RegressionScenario(30, Errors.Normal),
        new RegressionScenario(100, Errors.Normal),
        new RegressionScenario(400, Errors.Normal),
        new RegressionScenario(100, Errors.Laplace),
        new RegressionScenario(100, Errors.StudentFive),
        new RegressionScenario(100, Errors.Skewed),
        new RegressionScenario(400, Errors.Skewed),
        new RegressionScenario(30, Errors.StudentTwoAndAHalf),
        new RegressionScenario(100, Errors.StudentTwoAndAHalf),
        new RegressionScenario(400, Errors.StudentTwoAndAHalf),
    ];

    /// <summary>What the metrics are of endlessly many rows.</summary>
    public abstract IReadOnlyDictionary<string, double> Truth();

    /// <summary>The intervals of one test part.</summary>
    public abstract IReadOnlyDictionary<string, double[]> Intervals(ulong seed);

    /// <summary>Random numbers that nothing else draws from.</summary>
    protected static RandomStream Chance(ulong seed, uint epoch) => new(seed, RandomPurpose.Sampling, epoch);
}
