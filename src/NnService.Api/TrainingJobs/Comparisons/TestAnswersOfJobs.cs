using NnService.Api.Limits;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>Has the models of jobs answer the rows of their test parts once more.</summary>
internal sealed class TestAnswersOfJobs(TestedJobs jobs, MemoryBudget memory)
{
    /// <summary>The answers; null, and why not, where there are none. Errors: <see cref="Errors.ProblemException"/> where memory is short.</summary>
    /// <param name="job">The job.</param>
    /// <param name="figures">Those of its metrics.</param>
    public (TestAnswers? Answers, string? Why) Of(TrainingJob job, IReadOnlyDictionary<string, double?> figures)
    {
        var (tested, why) = jobs.Of(job);
        if (tested is null)
            return (null, why);
        if (tested.Rows.IsEmpty)
            return (null, "it has no test part");

        using var taken = memory.Reserve(
            AnswerBytes.Measured(tested.Rows.Length, tested.Model.Outputs, tested.Target), StatusCodes.Status409Conflict, "Compare jobs with fewer test rows");
        var (truth, answers) = (tested.Truth(), tested.Answer());
        if (!answers.All(double.IsFinite))
            return (null, "an answer of its model is not a finite number");
        return TestedJob.IsAsReported(figures, truth.BriefMetrics(answers))
            ? (new TestAnswers(tested.DatasetSha256, tested.Rows, truth, truth.Comparable(answers)), null)
            : (null, "its test figures come out differently today");
    }
}
