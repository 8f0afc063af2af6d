namespace NnService.Api.TrainingJobs.Running;

/// <summary>What a model answers to the rows that its training had encoded.</summary>
/// <param name="Train">[rows, outputs] of the training part.</param>
/// <param name="Validation">[rows, outputs] of the validation part; null where there is none.</param>
internal sealed record PartAnswers(double[] Train, double[]? Validation);
