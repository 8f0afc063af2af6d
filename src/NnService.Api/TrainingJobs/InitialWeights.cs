using System.Numerics;
using NnService.Engine;

namespace NnService.Api.TrainingJobs;

/// <summary>Starts a training from the weights of a model with the same shapes.</summary>
internal static class InitialWeights
{
    /// <summary>Why the model cannot be the start of the plan's network; null where it can.</summary>
    public static string? WhyUnfit(TrainedModel model, TrainingPlan plan)
    {
        var theirs = NetworkShape.Of(model.Description.Network, model.Description.Features.Width, model.Outputs);
        var ours = NetworkShape.Of(plan.Network, plan.Features.Width, plan.Outputs);
        var sameLayers = plan.Network.Layers.Select(layer => layer.Type).SequenceEqual(model.Description.Network.Layers.Select(layer => layer.Type));
        return sameLayers && theirs.Layers.SequenceEqual(ours.Layers) && theirs.ParameterCount == ours.ParameterCount
            ? null
            : $"The model's layers are {Text(theirs)}, the network's are {Text(ours)}; a warm start needs the same shapes.";
    }

    /// <summary>Copies the model's parameters and state, rounded to the run's precision.</summary>
    public static void Copy<T>(TrainedModel model, Span<T> parameters, Span<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = model.ReadNumbers();
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] = T.CreateTruncating(numbers[i]);
        for (var i = 0; i < state.Length; i++)
            state[i] = T.CreateTruncating(numbers[parameters.Length + i]);
    }

    private static string Text(NetworkShape shape) => string.Join(", ", shape.Layers.Select(layer => $"{layer.Inputs}→{layer.Outputs}"));
}
