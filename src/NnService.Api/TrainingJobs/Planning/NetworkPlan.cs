using NnService.Api.TrainingJobs.Planning.Recipes;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>The network and its loss, which fit the encodings and each other.</summary>
/// <param name="Encodings">The encodings.</param>
/// <param name="Network">The network as asked for, or one that suits the task.</param>
/// <param name="Loss">The loss.</param>
/// <param name="Outputs">Numbers the network leaves a row with.</param>
/// <param name="ParameterCount">Trained numbers.</param>
internal sealed record NetworkPlan(EncodingPlan Encodings, NetworkSpec Network, LossSpec Loss, int Outputs, long ParameterCount)
{
    public static NetworkPlan Of(EncodingPlan encodings, Findings findings)
    {
        var (split, features, target) = (encodings.Split, encodings.Features, encodings.Target);
        var (request, task) = (split.Columns.Request, split.Columns.Task);
        var outputs = OutputsOf(request, target);
        var loss = request.Asked.Loss ?? ModelBaselines.LossOf(task, outputs);
        var network = request.Network ?? JobRecipe.Of(request).Network(new TableSize(task, features, outputs, split.Parts.Train.Length));
        request.Start?.Compare(network, findings);

        TrainingConflicts.OfNetwork(request.Asked, network, loss, task, outputs, findings);
        var shape = NetworkShape.Of(network, features.InputLayout(), outputs);
        findings.Refuse(shape.Problems("#/network")
            .Select(problem => problem.Pointer == "#/network/inputs"
                ? problem with
                {
                    Detail = $"{problem.Detail} They are {NearestNames.List(features.InputNames)}. Change the network's inputs, or name the features.",
                }
                : problem)
            .Select(problem => request.Asked.Network?.Name is null ? problem : problem with { Pointer = "#/network" }));
        TrainingConflicts.OfSettings(request.Asked, network, target, split.Parts, findings);
        return new NetworkPlan(encodings, network, loss, outputs, shape.ParameterCount.GetValueOrDefault());
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
