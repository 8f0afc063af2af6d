namespace NnService.Api.TrainingJobs.Running;

/// <summary>What a model answers to the rows that its training had encoded. Each part is taken once, and is then the taker's alone: of many outputs it is large.</summary>
/// <param name="train">[rows, outputs] of the training part.</param>
/// <param name="validation">[rows, outputs] of the validation part; null where there is none.</param>
/// <param name="test">[rows, outputs] of the test part, from each of <see cref="JobMetrics.Measured"/>; null where there is none, or it was not encoded.</param>
internal sealed class PartAnswers(double[] train, double[]? validation, IReadOnlyList<double[]>? test)
{
    private double[]? _train = train;
    private double[]? _validation = validation;
    private IReadOnlyList<double[]>? _test = test;

    public double[]? TakeTrain() => Take(ref _train);

    public double[]? TakeValidation() => Take(ref _validation);

    public IReadOnlyList<double[]>? TakeTest() => Take(ref _test);

    private static T? Take<T>(ref T? part)
        where T : class
    {
        var taken = part;
        part = null;
        return taken;
    }
}
