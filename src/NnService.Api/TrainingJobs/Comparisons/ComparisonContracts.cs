using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>Jobs to set side by side.</summary>
public sealed record ComparisonRequest
{
    /// <summary>Ids of up to 20 jobs, or `latest`; the others are compared with the first.</summary>
    [Required]
    public IReadOnlyList<string>? Ids { get; init; }
}

/// <summary>Jobs side by side. Lists have one element for each job, in the order of the ids.</summary>
/// <param name="Jobs">The jobs.</param>
/// <param name="Configuration">The settings that are not the same in all of them.</param>
/// <param name="Metrics">
/// Losses and metrics by name, as <c>validationLoss</c> and <c>test.accuracy</c>; null where a job does not have it. Left out where no job has it.
/// </param>
/// <param name="Differences">What the test metrics of the other jobs are above those of the first, for those that were tested on the same rows.</param>
/// <param name="Warnings">Why jobs are not compared with the first, and why differences have no interval.</param>
public sealed record ComparisonResponse(
    IReadOnlyList<ComparedJob> Jobs,
    IReadOnlyList<SettingDifference> Configuration,
    IReadOnlyDictionary<string, IReadOnlyList<double?>> Metrics,
    IReadOnlyList<MetricDifferences> Differences,
    IReadOnlyList<string> Warnings);

/// <summary>A job in a comparison.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Its state.</param>
/// <param name="StopReason">Why it ended; null before.</param>
/// <param name="Epoch">Epochs trained.</param>
/// <param name="BestEpoch">Its best epoch; null before the first report.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Model">Its model; null until it has succeeded.</param>
public sealed record ComparedJob(Guid Id, JobState State, StopReason? StopReason, int Epoch, int? BestEpoch, DateTime CreatedAt, JobModel? Model);

/// <summary>A setting that is not the same in all jobs.</summary>
/// <param name="Pointer">Where it stands in the configuration, as a JSON pointer.</param>
/// <param name="Values">What it is in each job; null where a job does not have it.</param>
public sealed record SettingDifference(string Pointer, IReadOnlyList<JsonNode?> Values);

/// <summary>What the test metrics of one job are above those of the first, row against row.</summary>
/// <param name="Id">The job.</param>
/// <param name="From">The first job.</param>
/// <param name="Rows">The test rows, the same ones for both.</param>
/// <param name="Metrics">
/// By name: the difference (this job's less the first one's) and its 95 % interval, null where the rows are too few or too alike to tell.
/// A metric that is undefined for one of the two is left out.
/// </param>
public sealed record MetricDifferences(Guid Id, Guid From, int Rows, IReadOnlyDictionary<string, PairedFigure> Metrics);
