using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Losses;

namespace NnService.Api.TrainingJobs;

/// <summary>How a training goes, with every default filled in.</summary>
/// <param name="asked">What was asked for.</param>
/// <param name="table">The dataset.</param>
/// <param name="warnings">Receives what was decided without being asked.</param>
internal sealed class TrainingSettings(TrainingConfiguration asked, Table table, List<string> warnings)
{
    private const int ExactHistoryRows = 10_000;

    /// <summary>The configuration in full: everything asked for, and every default.</summary>
    public TrainingConfiguration Resolve(
        NetworkSpec network,
        List<string> features,
        IReadOnlyList<string> targets,
        TaskKind task,
        TargetEncoding target,
        int outputs,
        PreprocessingSpec preprocessing,
        SplitSpec split,
        LossSpec loss,
        Split parts)
    {
        var trainRows = parts.Train.Length;
        var order = asked.Order ?? VisitOrder.Shuffled;
        var batchSize = asked.BatchSize ?? TrainingDefaults.BatchSize(trainRows);
        if (order != VisitOrder.WithReplacement && batchSize > trainRows)
            batchSize = trainRows;
        var stepsOfAllRows = (trainRows + batchSize - 1) / batchSize;
        var steps = order == VisitOrder.WithReplacement ? asked.StepsPerEpoch ?? stepsOfAllRows : (int?)null;
        if (asked.StepsPerEpoch is not null && steps is null)
            warnings.Add("stepsPerEpoch is only for order withReplacement; it was left out.");
        var epochs = asked.Epochs ?? TrainingDefaults.Epochs(trainRows);
        return new TrainingConfiguration
        {
            Network = asked.Network ?? new Networks.NetworkChoice(null, network),
            InitialModel = asked.InitialModel,
            Dataset = asked.Dataset,
            Target = new TargetChoice(targets),
            PositiveLabel = task == TaskKind.BinaryClassification && (outputs == 1 || asked.PositiveLabel is not null) ? target.PositiveLabel : null,
            Features = features,
            Ignore = asked.Ignore ?? [],
            Task = task,
            Preprocessing = preprocessing with { Columns = preprocessing.Columns ?? new Dictionary<string, ColumnScaling>() },
            Split = split,
            Loss = loss,
            LossReduction = asked.LossReduction ?? LossReduction.Mean,
            LabelSmoothing = asked.LabelSmoothing ?? 0,
            ClassWeights = ClassWeights(target, loss, parts),
            Optimizer = asked.Optimizer ?? TrainingDefaults.Optimizer(batchSize),
            Schedule = asked.Schedule ?? TrainingDefaults.Schedule(asked.Optimizer is null),
            GradientClipNorm = asked.GradientClipNorm,
            BatchSize = batchSize,
            Epochs = epochs,
            Order = order,
            StepsPerEpoch = steps,
            EarlyStopping = asked.EarlyStopping ?? TrainingDefaults.EarlyStopping(!parts.Validation.IsEmpty, epochs),
            MaxSeconds = asked.MaxSeconds,
            Priority = asked.Priority ?? 0,
            HistoryEvery = asked.HistoryEvery ?? 1,
            HistoryLoss = asked.HistoryLoss ?? (trainRows <= ExactHistoryRows ? HistoryLoss.Exact : HistoryLoss.Running),
            Seed = asked.Seed ?? 0,
            Precision = asked.Precision ?? Precision.Float32,
            Model = asked.Model ?? asked.Dataset,
        };
    }

    // Where it matters how the classes are weighed and nobody has said it.
    private ClassWeightsChoice ClassWeights(TargetEncoding target, LossSpec loss, Split split)
    {
        if (asked.ClassWeights is { } said)
            return said;
        var none = new ClassWeightsChoice(ClassWeightsChoice.None, null);
        if (target.Task == TaskKind.Regression || loss.Link == OutputLink.Identity)
            return none;
        var labels = new int[split.Train.Length];
        target.EncodeLabels(table, split.Train.Span, labels);
        var counts = new int[target.Labels.Count];
        foreach (var label in labels)
            counts[label]++;
        if (TrainingDefaults.ClassWeights(counts) is not { } weights)
            return none;
        var (rarest, most) = (Array.IndexOf(counts, counts.Where(count => count > 0).Min()), Array.IndexOf(counts, counts.Max()));
        warnings.Add(
            $"The classes are very unequal: {counts[most]:N0} training rows of \"{target.Labels[most]}\", {counts[rarest]:N0} of \"{target.Labels[rarest]}\". "
            + "Rare classes were given more weight (classWeights in the configuration); set classWeights to \"none\" to weigh every row the same. Look at balancedAccuracy and averagePrecision rather than accuracy.");
        return new ClassWeightsChoice(null, target.Labels.Zip(weights).ToDictionary(label => label.First, label => label.Second));
    }
}
