using NnService.Api.Networks;
using NnService.Api.TrainingJobs.Planning.Recipes;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>The network and its loss, which fit the encodings and each other.</summary>
/// <param name="Encodings">The encodings.</param>
/// <param name="Network">The network as asked for, or one that suits the task.</param>
/// <param name="Others">Networks that are trained after it.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Outputs">Numbers a network leaves a row with.</param>
/// <param name="ParameterCount">Trained numbers of the network.</param>
internal sealed record NetworkPlan(
    EncodingPlan Encodings, NetworkSpec Network, IReadOnlyList<SizedNetwork> Others, LossSpec Loss, int Outputs, long ParameterCount)
{
    public static NetworkPlan Of(EncodingPlan encodings, Findings findings)
    {
        var (split, features, target) = (encodings.Split, encodings.Features, encodings.Target);
        var (request, task) = (split.Columns.Request, split.Columns.Task);
        var outputs = OutputsOf(request, target);
        var loss = request.Asked.Loss ?? ModelBaselines.LossOf(task, outputs);
        var (recipe, table) = (JobRecipe.Of(request), new TableSize(task, features, outputs, split.Parts.Train.Length));
        var network = request.Network ?? recipe.Network(table);
        request.Start?.Compare(network, findings);
        TrainingConflicts.OfNetwork(loss, task, outputs, findings);
        var parameterCount = Check(network, request.Asked.Network, "#/network");

        var others = request.Asked.Ensemble ?? (request.Network is null && request.Start is null ? recipe.Others(table) : []);
        if (others.Count > 0 && request.Start is not null)
            findings.Refuse("#/ensemble", "A training that starts from a model is that of one network. Leave ensemble out, or initialModel.");
        SizedNetwork[] sized = [.. others.Select((other, i) => new SizedNetwork(other, Check(other, new NetworkChoice(null, other), $"#/ensemble/{i}")))];
        TrainingConflicts.OfSettings(request, [network, .. others], target, split.Parts, findings);
        return new NetworkPlan(encodings, network, sized, loss, outputs, parameterCount);

        // Where a name stands for the network, everything is said of that name.
        long Check(NetworkSpec spec, NetworkChoice? choice, string at)
        {
            TrainingConflicts.OfOutputLayer(spec, choice?.Spec is null ? at : $"{at}/layers/{spec.Layers.Count - 1}/activation", loss, task, outputs, findings);
            var shape = NetworkShape.Of(spec, features.InputLayout(), outputs);
            findings.Refuse(shape.Problems(at)
                .Select(problem => problem.Pointer == $"{at}/inputs"
                    ? problem with
                    {
                        Detail = $"{problem.Detail} They are {NearestNames.List(features.InputNames)}. Change the network's inputs, or name the features.",
                    }
                    : problem)
                .Select(problem => choice?.Name is null ? problem : problem with { Pointer = at }));
            return shape.ParameterCount.GetValueOrDefault();
        }
    }

    // Units given or a softmax settle whether two labels take one output or two.
    private static int OutputsOf(PlanRequest request, TargetEncoding target) => target.Task switch
    {
        TaskKind.Regression => target.Columns.Count,
        TaskKind.MulticlassClassification => target.Labels.Count,
        _ => request.Network?.OutputLayer?.FixedOutputs is 1 or 2 ? request.Network.OutputLayer.FixedOutputs.Value
            : request.Network?.EndsInSoftmax == true || request.Asked.Loss is SoftmaxCrossEntropySpec ? 2
            : 1,
    };
}

/// <summary>A network that fits its rows.</summary>
/// <param name="Network">The network.</param>
/// <param name="ParameterCount">Its trained numbers.</param>
internal sealed record SizedNetwork(NetworkSpec Network, long ParameterCount);
