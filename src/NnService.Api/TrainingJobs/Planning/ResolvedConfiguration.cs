using NnService.Api.Models;
using NnService.Api.TrainingJobs.Planning.Recipes;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Losses;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>A configuration in full: everything asked for, and every default.</summary>
internal static class ResolvedConfiguration
{
    private const int ExactHistoryRows = 10_000;
    private const int VeryUnequal = 20; // times the rows of the rarest class

    public static TrainingConfiguration Of(NetworkPlan network, Findings findings)
    {
        var (encodings, split, columns) = (network.Encodings, network.Encodings.Split, network.Encodings.Split.Columns);
        var (asked, task, parts) = (columns.Request.Asked, columns.Task, split.Parts);
        var (recipe, trainRows) = (JobRecipe.Of(columns.Request), parts.Train.Length);
        var order = asked.Order ?? VisitOrder.Shuffled;
        var batchSize = asked.BatchSize ?? recipe.BatchSize(trainRows);
        if (order != VisitOrder.WithReplacement && batchSize > trainRows)
        {
            if (asked.BatchSize is not null)
                findings.Warn($"batchSize is {batchSize:N0}, and there are {FigureText.Rows(trainRows)} to train on: each epoch is one minibatch of all of them.");
            batchSize = trainRows;
        }

        var stepsOfAllRows = (trainRows + batchSize - 1) / batchSize;
        var steps = order == VisitOrder.WithReplacement ? asked.StepsPerEpoch ?? stepsOfAllRows : (int?)null;
        if (asked.StepsPerEpoch is not null && steps is null)
            findings.Warn("stepsPerEpoch is only for order withReplacement; it was left out.");
        if ((long)(steps ?? 0) * batchSize > Array.MaxLength)
            findings.Refuse(
                "#/stepsPerEpoch",
                $"An epoch would visit {steps:N0} times {batchSize:N0} rows; it visits at most {Array.MaxLength:N0}. Take fewer steps, or a smaller batchSize.");
        if (asked.Importance == true && parts.Test.IsEmpty)
            findings.Warn("importance is measured on the test part, and split leaves none: it is left out.");
        var epochs = asked.Epochs ?? recipe.Epochs(task, trainRows);
        return new TrainingConfiguration
        {
            Network = asked.Network ?? new Networks.NetworkChoice(null, network.Network),
            Ensemble = network.Others.Count == 0 ? null : [.. network.Others.Select(other => other.Network)],
            InitialModel = asked.InitialModel,
            Dataset = asked.Dataset,
            Target = new TargetChoice(columns.Targets),
            PositiveLabel = network.Outputs == 1 || asked.PositiveLabel is not null ? encodings.Target.PositiveLabel : null,
            Features = columns.Features,
            Ignore = asked.Ignore ?? [],
            Task = task,
            Preprocessing = encodings.Preprocessing,
            Split = split.Spec,
            Loss = network.Loss,
            LossReduction = asked.LossReduction ?? LossReduction.Mean,
            LabelSmoothing = asked.LabelSmoothing ?? 0,
            ClassWeights = ClassWeights(network, findings),
            RowWeights = asked.RowWeights,
            ClampOutput = task == TaskKind.Regression ? asked.ClampOutput ?? false : null,
            Optimizer = asked.Optimizer ?? recipe.Optimizer(task, trainRows, batchSize),
            Schedule = asked.Schedule ?? JobRecipe.Schedule(asked.Optimizer is null),
            GradientClipNorm = asked.GradientClipNorm,
            BatchSize = batchSize,
            Epochs = epochs,
            Order = order,
            StepsPerEpoch = steps,
            EarlyStopping = asked.EarlyStopping ?? recipe.EarlyStopping(!parts.Validation.IsEmpty, epochs),
            MaxSeconds = asked.MaxSeconds,
            Priority = asked.Priority ?? 0,
            HistoryEvery = asked.HistoryEvery ?? 1,
            HistoryLoss = asked.HistoryLoss ?? (trainRows <= ExactHistoryRows ? HistoryLoss.Exact : HistoryLoss.Running),
            Seed = asked.Seed ?? 0,
            Precision = asked.Precision ?? Precision.Float32,
            Recipe = asked.Recipe ?? Recipe.Standard,
            Importance = asked.Importance ?? false,
            RulesVersion = asked.RulesVersion ?? TrainingRules.Latest,
            Model = asked.Model ?? asked.Dataset,
        };
    }

    // Where it matters how the classes are weighed and nobody has said it (decision 70).
    private static ClassWeightsChoice ClassWeights(NetworkPlan network, Findings findings)
    {
        var (request, target) = (network.Encodings.Split.Columns.Request, network.Encodings.Target);
        if (request.Asked.ClassWeights is { } said)
            return said;
        var none = new ClassWeightsChoice(ClassWeightsChoice.None, null);
        if (target.Task == TaskKind.Regression || network.Loss.Link == OutputLink.Identity)
            return none;
        var counts = target.CountLabels(request.Table, network.Encodings.Split.Parts.Train.Span);
        var (rarest, most) = (Array.IndexOf(counts, counts.Where(count => count > 0).Min()), Array.IndexOf(counts, counts.Max()));
        if (counts[most] >= VeryUnequal * counts[rarest])
            findings.Warn(
                $"The classes are very unequal: {counts[most]:N0} training rows of \"{target.Labels[most]}\", {counts[rarest]:N0} of "
                + $"\"{target.Labels[rarest]}\". Look at averagePrecision and balancedAccuracy rather than accuracy. Every row weighs the same, so the answers are "
                + "shares as in the table, and seldom more than half for a rare class: to find more of it, "
                + $"{(target.Labels.Count == 2 ? "lower the threshold of predict, or " : "")}set classWeights to \"balanced\".");
        return none;
    }
}
