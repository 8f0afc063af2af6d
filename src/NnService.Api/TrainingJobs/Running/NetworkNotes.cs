using System.Numerics;
using System.Text.Json.Nodes;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>What the metrics of a job say of its networks, where it has trained several.</summary>
internal static class NetworkNotes
{
    /// <summary>
    /// <c>networks</c>: for each network, in the order of the plan, its last epoch, counted through all of them, the losses of the epoch that was kept, and its
    /// weight in the model; <c>temperature</c>: what the logits of all of them are divided by. Null where there is one network.
    /// </summary>
    public static JsonObject? Of<T>(IReadOnlyList<FinishedNetwork<T>> networks, ChosenNetworks chosen)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (networks.Count < 2)
            return null;
        var (notes, epochs) = (new JsonArray(), 0);
        foreach (var (network, weight) in networks.Zip(chosen.Weights))
        {
            epochs += network.Epochs;
            notes.Add(new JsonObject
            {
                ["lastEpoch"] = epochs,
                ["trainLoss"] = network.Kept?.TrainLoss,
                ["validationLoss"] = network.Kept?.ValidationLoss,
                ["hasDiverged"] = !network.IsUsable,
                ["weight"] = weight,
            });
        }

        return new JsonObject { ["networks"] = notes, ["temperature"] = chosen.Temperature };
    }

    /// <summary>A sentence for each network that has diverged.</summary>
    /// <param name="networks">What the networks have come to.</param>
    /// <param name="count">How many there are.</param>
    public static IEnumerable<string> Warnings<T>(IReadOnlyList<FinishedNetwork<T>> networks, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        networks.Index().Where(network => !network.Item.IsUsable)
            .Select(network => $"Network {network.Index + 1} of {count} has diverged and is left out. Lower the learning rate, clip the gradient "
                + "(gradientClipNorm), or leave the network out.");
}
