using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Losses;

namespace NnService.Api.TrainingJobs;

/// <summary>A configuration thought through to the end against its dataset: everything a run needs but the rows themselves.</summary>
/// <param name="Configuration">With every default filled in; making a plan of it again gives the same plan.</param>
/// <param name="Network">The network as asked for, starting weights included.</param>
/// <param name="Features">Fitted on the training rows.</param>
/// <param name="Target">Labels of the whole dataset, scaling of the training rows.</param>
/// <param name="Split">Which rows train, validate and test.</param>
/// <param name="Outputs">Numbers the network leaves a row with.</param>
/// <param name="ParameterCount">Trained numbers.</param>
/// <param name="UnusedColumns">Columns of the dataset that are neither feature nor target.</param>
/// <param name="Warnings">What was left out or looks wrong.</param>
internal sealed record TrainingPlan(
    TrainingConfiguration Configuration,
    NetworkSpec Network,
    FeatureEncoding Features,
    TargetEncoding Target,
    Split Split,
    int Outputs,
    long ParameterCount,
    IReadOnlyList<string> UnusedColumns,
    IReadOnlyList<string> Warnings)
{
    /// <summary>What stands between the network and the answer.</summary>
    public OutputLink Link => Configuration.Loss!.Link;
}
