namespace NnService.Api.TrainingJobs.Running;

/// <summary>What a model answers to the rows that its training had encoded.</summary>
/// <param name="Train">[rows, outputs] of the training part.</param>
/// <param name="Validation">[rows, outputs] of the validation part; null where there is none.</param>
/// <param name="Test">[rows, outputs] of the test part, from each of <see cref="JobMetrics.Measured"/>; null where there is none, or it was not encoded.</param>
internal sealed record PartAnswers(double[] Train, double[]? Validation, IReadOnlyList<double[]>? Test);
