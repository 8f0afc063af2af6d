using NnService.Engine.Data.Encodings;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>Memory of answers of jobs' models that are measured when the jobs have ended, by estimate.</summary>
internal static class AnswerBytes
{
    private const int AroundARow = 256; // its truth, its place in the order of each metric
    private const int Copies = 4; // of the models, all of them together, and what the metrics make of those

    /// <summary>Of answers to rows whose metrics are taken.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="outputs">Numbers of an answer.</param>
    /// <param name="target">What is answered.</param>
    public static long Measured(long rows, int outputs, TargetEncoding target) =>
        rows * (AroundARow + ((long)Copies * sizeof(double) * Math.Max(outputs, target.Labels.Count)));
}
