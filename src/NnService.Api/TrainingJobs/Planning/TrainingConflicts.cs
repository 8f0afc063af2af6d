using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Losses;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What of a configuration does not go together once rows, target and network are known.</summary>
internal static class TrainingConflicts
{
    // Such weights times those of rows, the largest of which is between 1e-20 and 1e20, are numbers of float32 whose inverse is one too.
    private const double TinyClassWeight = 1e-15;
    private const double HugeClassWeight = 1e15;

    /// <summary>Whether loss, task and number of outputs fit each other.</summary>
    public static void OfNetwork(LossSpec loss, TaskKind task, int outputs, Findings findings)
    {
        if (loss.Link != OutputLink.Identity && task == TaskKind.Regression)
            findings.Refuse("#/loss", $"{loss.Type} is for classification; the task is regression. Use meanSquaredError.");
        else if (loss.Link == OutputLink.Sigmoid && outputs != 1)
            findings.Refuse("#/loss", $"binaryCrossEntropy is for two labels; the target was taken for {outputs} classes. "
                + "Use softmaxCrossEntropy, or say what the task is.");
        else if (loss.Link == OutputLink.Softmax && outputs == 1)
            findings.Refuse("#/loss", "softmaxCrossEntropy needs one output for each label; the network has one. Use binaryCrossEntropy, or two units.");
    }

    /// <summary>Whether a network's last layer fits the loss and the task.</summary>
    /// <param name="network">The network.</param>
    /// <param name="pointer">Where a misfit is to be mended.</param>
    /// <param name="loss">The loss, which fits the task.</param>
    /// <param name="task">The task.</param>
    /// <param name="outputs">Numbers the network leaves a row with.</param>
    /// <param name="findings">Where it is said.</param>
    public static void OfOutputLayer(NetworkSpec network, string pointer, LossSpec loss, TaskKind task, int outputs, Findings findings)
    {
        var crossEntropy = loss.Link != OutputLink.Identity;
        var lossFits = loss.Link == OutputLink.Identity || outputs == 1 == (loss.Link == OutputLink.Sigmoid);
        var endsWell = (outputs == 1 ? network.EndsInSigmoid : network.EndsInSoftmax) || (crossEntropy && network.EndsInLinear);
        if (task != TaskKind.Regression && lossFits && !endsWell)
            findings.Refuse(
                pointer,
                outputs == 1
                    ? "A classifier with one output ends in sigmoid, or in linear with binaryCrossEntropy."
                    : "A classifier with an output for each label ends in softmax, or in linear with softmaxCrossEntropy.");
    }

    /// <summary>Whether class settings, minibatch and early stopping fit the rows.</summary>
    public static void OfSettings(PlanRequest request, IEnumerable<NetworkSpec> networks, TargetEncoding target, Split split, Findings findings)
    {
        var asked = request.Asked;
        CheckClassSettings(asked, target, findings);
        if (request.IsNew && target.Task != TaskKind.Regression)
            CheckRangeOfClassWeights(asked, target, request.Table, split.Train.Span, findings);
        CheckBatchSize(asked, networks.Max(network => network.LeastBatchSize), split.Train.Length, findings);
        CheckEarlyStopping(asked, split, findings);
    }

    private static void CheckBatchSize(TrainingConfiguration asked, int least, int trainRows, Findings findings)
    {
        var batchSize = Math.Min(asked.BatchSize ?? int.MaxValue, asked.Order == VisitOrder.WithReplacement ? int.MaxValue : trainRows);
        if (batchSize < least)
            findings.Refuse(
                "#/batchSize",
                $"A minibatch would have {batchSize} rows; batch normalization needs at least {least}, or there is no variance.");
    }

    private static void CheckClassSettings(TrainingConfiguration asked, TargetEncoding target, Findings findings)
    {
        if (target.Task == TaskKind.Regression)
        {
            if (asked.LabelSmoothing > 0)
                findings.Refuse("#/labelSmoothing", "labelSmoothing is for classification; the task is regression.");
            if (asked.ClassWeights is not (null or { Rule: ClassWeightsChoice.None }))
                findings.Refuse("#/classWeights", "classWeights is for classification; the task is regression.");
            return;
        }

        if (asked.ClampOutput == true)
            findings.Refuse("#/clampOutput", "clampOutput is for regression; probabilities are between 0 and 1 as they are.");
        if (asked.ClassWeights?.Weights is not { } weights)
            return;
        var labels = target.Labels.ToHashSet(StringComparer.Ordinal);
        foreach (var (label, weight) in weights)
        {
            if (!labels.Contains(label))
                findings.Refuse(
                    $"#/classWeights/{SpecJson.Escape(label)}",
                    $"There is no label \"{Echo.Cut(label)}\"; there are {NearestNames.List(target.Labels)}.");
            if (weight <= 0)
                findings.Refuse($"#/classWeights/{SpecJson.Escape(label)}", $"The weight of \"{label}\" is {weight}; it must be greater than 0.");
        }
    }

    // Balanced by rows that count the same they are within the range.
    private static void CheckRangeOfClassWeights(
        TrainingConfiguration asked, TargetEncoding target, Table table, ReadOnlySpan<int> trainRows, Findings findings)
    {
        if (asked.ClassWeights is not { } choice || (choice.Weights is null && asked.RowWeights is null))
            return;
        foreach (var (label, weight) in target.Labels.Zip(choice.Of(target, table, trainRows, RowWeights.Of(table, asked.RowWeights, trainRows)) ?? []))
            if (weight is > 0 and (< TinyClassWeight or > HugeClassWeight))
                findings.Refuse(
                    choice.Weights is null ? "#/classWeights" : $"#/classWeights/{SpecJson.Escape(label)}",
                    $"The weight of \"{label}\" is {weight}; it must be between {TinyClassWeight:0e0} and {HugeClassWeight:0e0}. Give weights of about 1, since their ratios "
                    + "count.");
    }

    private static void CheckEarlyStopping(TrainingConfiguration asked, Split split, Findings findings)
    {
        if (asked.EarlyStopping is { Patience: > 0, Monitor: MonitoredLoss.ValidationLoss } && split.Validation.IsEmpty)
            findings.Refuse("#/earlyStopping/monitor", "There is no validation part to watch. Make one in split, monitor trainLoss, or set patience to 0.");
    }
}
