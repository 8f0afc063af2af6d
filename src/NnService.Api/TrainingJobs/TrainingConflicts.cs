using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Losses;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs;

/// <summary>What of a configuration does not go together once rows, target and network are known.</summary>
/// <param name="asked">What was asked for.</param>
/// <param name="problems">Receives what does not fit.</param>
internal sealed class TrainingConflicts(TrainingConfiguration asked, List<SpecProblem> problems)
{
    /// <summary>Whether loss, output layer, task and number of outputs fit each other.</summary>
    public void FindInNetwork(NetworkSpec network, LossSpec loss, TaskKind task, int outputs)
    {
        var last = network.Layers.Count - 1;
        var crossEntropy = loss.Link != OutputLink.Identity;
        if (crossEntropy && task == TaskKind.Regression)
            problems.Add(new SpecProblem("#/loss", $"{loss.Type} is for classification; the task is regression. Use meanSquaredError."));
        else if (loss.Link == OutputLink.Sigmoid && outputs != 1)
            problems.Add(new SpecProblem("#/loss", $"binaryCrossEntropy is for two labels; the target was taken for {outputs} classes. Use softmaxCrossEntropy, or say what the task is."));
        else if (loss.Link == OutputLink.Softmax && outputs == 1)
            problems.Add(new SpecProblem("#/loss", "softmaxCrossEntropy needs one output for each label; the network has one. Use binaryCrossEntropy, or two units."));
        else if (task != TaskKind.Regression && !(outputs == 1 ? network.EndsInSigmoid : network.EndsInSoftmax) && !(crossEntropy && network.EndsInLinear))
            problems.Add(new SpecProblem(
                asked.Network?.Spec is null ? "#/network" : $"#/network/layers/{last}/activation",
                outputs == 1
                    ? "A classifier with one output ends in sigmoid, or in linear with binaryCrossEntropy."
                    : "A classifier with an output for each label ends in softmax, or in linear with softmaxCrossEntropy."));
    }

    /// <summary>Whether class settings, minibatch and early stopping fit the rows.</summary>
    public void FindInSettings(NetworkSpec network, TargetEncoding target, Split split)
    {
        CheckClassSettings(target);
        CheckBatchSize(network, split.Train.Length);
        CheckEarlyStopping(split);
    }

    private void CheckBatchSize(NetworkSpec network, int trainRows)
    {
        var batchSize = Math.Min(asked.BatchSize ?? int.MaxValue, asked.Order == VisitOrder.WithReplacement ? int.MaxValue : trainRows);
        if (batchSize < network.LeastBatchSize)
            problems.Add(new SpecProblem(
                "#/batchSize", $"A minibatch would have {batchSize} rows; batch normalization needs at least {network.LeastBatchSize}, or there is no variance."));
    }

    private void CheckClassSettings(TargetEncoding target)
    {
        if (target.Task == TaskKind.Regression)
        {
            if (asked.LabelSmoothing > 0)
                problems.Add(new SpecProblem("#/labelSmoothing", "labelSmoothing is for classification; the task is regression."));
            if (asked.ClassWeights is not (null or { Rule: ClassWeightsChoice.None }))
                problems.Add(new SpecProblem("#/classWeights", "classWeights is for classification; the task is regression."));
            return;
        }

        foreach (var (label, weight) in asked.ClassWeights?.Weights ?? new Dictionary<string, double>())
        {
            if (!target.Labels.Contains(label))
                problems.Add(new SpecProblem($"#/classWeights/{SpecJson.Escape(label)}", $"There is no label \"{Echo.Cut(label)}\"; there are {NameList.Of(target.Labels)}."));
            if (weight <= 0)
                problems.Add(new SpecProblem($"#/classWeights/{SpecJson.Escape(label)}", $"The weight of \"{label}\" is {weight}; it must be greater than 0."));
        }
    }

    private void CheckEarlyStopping(Split split)
    {
        if (asked.EarlyStopping is { Patience: > 0, Monitor: MonitoredLoss.ValidationLoss } && split.Validation.IsEmpty)
            problems.Add(new SpecProblem("#/earlyStopping/monitor", "There is no validation part to watch. Make one in split, monitor trainLoss, or set patience to 0."));
    }
}
