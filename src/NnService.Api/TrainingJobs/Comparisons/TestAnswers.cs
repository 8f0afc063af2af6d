using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>What a job's model answers to the rows of its test part.</summary>
/// <param name="DatasetSha256">Hash of the dataset's bytes.</param>
/// <param name="Rows">The test rows, in ascending order.</param>
/// <param name="Truth">What they really are.</param>
/// <param name="Values">[rows, outputs] of a regression, [rows, labels] of a classification; all finite.</param>
internal sealed record TestAnswers(string DatasetSha256, ReadOnlyMemory<int> Rows, Truth Truth, double[] Values)
{
    /// <summary>Whether both were tested on the same rows for the same target.</summary>
    public bool IsOfSameRows(TestAnswers other) =>
        DatasetSha256 == other.DatasetSha256 && Truth.AsksTheSame(other.Truth) && Rows.Span.SequenceEqual(other.Rows.Span);
}
