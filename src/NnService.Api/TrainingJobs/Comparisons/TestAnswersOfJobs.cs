using System.Text.Json.Nodes;
using NnService.Api.Limits;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>Has the models of jobs answer the rows of their test parts once more.</summary>
internal sealed class TestAnswersOfJobs(TestedJobs jobs, MemoryBudget memory)
{
    private const double Rounding = 1e-9;

    /// <summary>The answers; null, and why not, where there are none. Errors: <see cref="Errors.ProblemException"/> where memory is short.</summary>
    public (TestAnswers? Answers, string? Why) Of(TrainingJob job)
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
        return IsAsReported(job, truth.Metrics(answers))
            ? (new TestAnswers(tested.DatasetSha256, tested.Rows, truth, truth.Comparable(answers)), null)
            : (null, "its test figures come out differently today");
    }

    // The proof that these are the rows the job was tested on, and that the model answers as it did.
    private static bool IsAsReported(TrainingJob job, JsonObject metrics)
    {
        var name = metrics.ContainsKey("logLoss") ? "logLoss" : "rootMeanSquaredError";
        var (reported, now) = ((double?)JsonNode.Parse(job.Metrics!)?["test"]?[name], (double?)metrics[name]);
        return reported is { } then && now is { } again ? Math.Abs(again - then) <= Rounding * Math.Abs(then) : reported is null && now is null;
    }
}
