using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Losses;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>A configuration thought through to the end against its dataset: everything a run needs but the rows themselves.</summary>
/// <param name="Configuration">With every default filled in; making a plan of it again gives the same plan.</param>
/// <param name="Network">The network as asked for, starting weights included.</param>
/// <param name="Others">Networks that are trained after it, to answer together with it.</param>
/// <param name="Features">Fitted on the training rows.</param>
/// <param name="Target">Labels of the whole dataset, scaling of the training rows.</param>
/// <param name="Split">Which rows train, validate and test.</param>
/// <param name="Outputs">Numbers the network leaves a row with.</param>
/// <param name="ParameterCount">Trained numbers of the network.</param>
/// <param name="UnusedColumns">Columns of the dataset that are neither feature nor target.</param>
internal sealed record TrainingPlan(
    TrainingConfiguration Configuration,
    NetworkSpec Network,
    IReadOnlyList<SizedNetwork> Others,
    FeatureEncoding Features,
    TargetEncoding Target,
    Split Split,
    int Outputs,
    long ParameterCount,
    IReadOnlyList<string> UnusedColumns)
{
    /// <summary>What stands between the network and the answer.</summary>
    public OutputLink Link => Configuration.Loss!.Link;

    /// <summary>A plan for each network: this one where there are no others. Each draws by a seed of its own.</summary>
    public IReadOnlyList<TrainingPlan> Networks => Others.Count == 0 ? [this] :
    [
        this with { Others = [] },
        .. Others.Select((other, i) => this with
        {
            Network = other.Network,
            Others = [],
            ParameterCount = other.ParameterCount,
            Configuration = Configuration with { Seed = unchecked(Configuration.Seed!.Value + (ulong)i + 1) },
        }),
    ];

    /// <summary>The plan, thought through step by step: each is made of the one before, and none follows one with problems.</summary>
    public static TrainingPlan? Of(PlanRequest request, Findings findings) => new PlanningStep<PlanRequest>(request, findings)
        .Then(WarmStart.Complete)
        .Then(ColumnPlan.Of)
        .Then(SplitPlan.Of)
        .Then(EncodingPlan.Check)
        .Then(EncodingPlan.Of)
        .Then(NetworkPlan.Of)
        .Then(Of)
        .Made;

    /// <summary>Encodes rows of the table for a trainer.</summary>
    public SampleEncoder EncoderOn(Table table) =>
        new(
            Features, Target, Outputs, Configuration.LabelSmoothing!.Value,
            Configuration.ClassWeights!.Of(Target, table, Split.Train.Span, WeightsOf(table, Split.Train.Span)), Configuration.RowWeights);

    /// <summary>[rows] how much each row counts; null: all the same.</summary>
    public double[]? WeightsOf(Table table, ReadOnlySpan<int> rows) => RowWeights.Of(table, Configuration.RowWeights, rows);

    private static TrainingPlan Of(NetworkPlan network, Findings findings)
    {
        var encodings = network.Encodings;
        var columns = encodings.Split.Columns;
        var configuration = ResolvedConfiguration.Of(network, findings);
        string[] unused = [.. columns.Request.Table.Columns.Select(column => column.Name).Except(columns.Features).Except(columns.Targets)];
        var plan = new TrainingPlan(
            configuration, network.Network, network.Others, encodings.Features, encodings.Target, encodings.Split.Parts, network.Outputs, network.ParameterCount,
            unused);
        findings.Warn(Contradictions.In(plan));
        if (encodings.Survey is { } survey)
            findings.Warn(survey.WarningsOf(plan));
        return plan;
    }
}
