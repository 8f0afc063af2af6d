using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>
/// Jobs that end when a test wants it, not when the machine is done: they have hours of minibatches before them. So what a test does to a job under way is done
/// to a job under way, however fast or busy the machine is.
/// </summary>
internal static class EndlessJob
{
    private const int Epochs = 10_000_000;

    // Each step is so small that the loss falls for many thousand epochs.
    private const string Slowly = "1e-7";

    /// <summary>
    /// Any job made endless: 10¹¹ minibatches, and yet an epoch every few milliseconds where they are small. Unless it says so itself it does not stop early: on
    /// a fast machine the validation loss has stopped falling before a test has paused and resumed it.
    /// </summary>
    public static string Of(string job)
    {
        var endless = JsonNode.Parse(job)!.AsObject();
        (endless["epochs"], endless["order"], endless["stepsPerEpoch"], endless["historyLoss"]) = (Epochs, "withReplacement", 10_000, "running");
        endless["earlyStopping"] ??= new JsonObject { ["patience"] = 0 };
        return endless.ToJsonString();
    }

    /// <summary>One that keeps a worker busy.</summary>
    /// <param name="dataset">toy_heights.csv under this name.</param>
    /// <param name="model">The model.</param>
    public static string OnHeights(string dataset, string model) => Of($$"""
        {"dataset":"{{dataset}}","target":"gender","features":["weight_lb","height_in"],
         "network":{"inputs":2,"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense","units":1,"activation":"sigmoid"}]},
         "loss":"meanSquaredError","optimizer":{"type":"sgd","learningRate":0.1},"batchSize":1,"model":"{{model}}"}
        """);

    /// <summary>One with short epochs: the network is small, whatever the recipes would choose.</summary>
    /// <param name="dataset">iris.csv under this name.</param>
    /// <param name="model">The model.</param>
    public static string OnIris(string dataset, string model) => Of($$"""
        {"dataset":"{{dataset}}","target":"species","network":{"layers":[{"type":"dense","units":4,"activation":"relu"},{"type":"dense","activation":"softmax"}]},
         "batchSize":4,"model":"{{model}}"}
        """);

    /// <summary>
    /// Has all in it that a checkpoint carries: dropout, the state of adam, and the best epoch, since early stopping watches the training loss with a patience
    /// that never runs out. So the model that a stop leaves in the middle of an epoch is that of a whole one, and another job of as many epochs must come to
    /// the
    /// same bits: <see cref="StopAndCompare"/>.
    /// </summary>
    /// <param name="dataset">digits.csv under this name.</param>
    /// <param name="model">The model.</param>
    /// <param name="epochs">Epochs; left out: it does not end.</param>
    public static string OnDigits(string dataset, string model, int epochs = Epochs) => $$"""
        {"dataset":"{{dataset}}","target":"digit",
         "network":{"layers":[{"type":"dense","units":64,"activation":"gelu"},{"type":"dropout","rate":0.1},{"type":"dense","activation":"softmax"}]},
         "split":{"train":1,"validation":0,"test":0},"optimizer":{"type":"adam","learningRate":{{Slowly}}},"schedule":"constant","batchSize":4,"epochs":{{epochs}},
         "earlyStopping":{"monitor":"trainLoss","patience":{{Epochs}}},"model":"{{model}}"}
        """;

    /// <summary>
    /// Lets a job of <see cref="OnDigits"/> that was held or left go on until it is better than it was then, stops it, and trains it once more undisturbed:
    /// both must have the same history and the same bits.
    /// </summary>
    /// <param name="wire">The service.</param>
    /// <param name="disturbed">The job as it was when it was held or left.</param>
    /// <returns>The stopped job.</returns>
    public static async Task<JsonNode> StopAndCompare(Wire wire, JsonNode disturbed)
    {
        var (id, loss) = ((string)disturbed["id"]!, (double)disturbed["trainLoss"]!);
        await wire.Until(id, job => (string?)job["state"] == "running" && (double)job["trainLoss"]! < loss);
        await wire.Post($"training-jobs/{id}/stop", "");
        var stopped = await wire.Until(id, "succeeded");
        var (dataset, model) = ((string)stopped["configuration"]!["dataset"]!, (string)stopped["model"]!["name"]!);
        var version = (await wire.Get($"models/{model}/versions/1")).Json;
        var best = (int)version["lineage"]!["epoch"]!;
        Assert.True(best > (int)disturbed["epoch"]!, $"The model is of epoch {best}, before the disturbance in epoch {disturbed["epoch"]}.");

        var whole = await wire.Train(OnDigits(dataset, $"{model}-undisturbed", best));

        Assert.Equal("completed", (string?)whole["stopReason"]);
        Assert.Equal((string?)(await wire.Get($"models/{model}-undisturbed/versions/1")).Json["sha256"], (string?)version["sha256"]);
        var points = await Points(wire, id);
        Assert.Equal(Enumerable.Range(0, points.Count), points.Select(point => (int)point["epoch"]!));
        Assert.Equal((await Points(wire, (string)whole["id"]!)).Select(point => point.ToJsonString()),
            points.Take(best + 1).Select(point => point.ToJsonString()));
        return stopped;
    }

    private static async Task<List<JsonNode>> Points(Wire wire, string id)
    {
        var points = (await wire.Get($"training-jobs/{id}/history")).Json["points"]!.AsArray();
        foreach (var point in points)
            point!.AsObject().Remove("elapsedSeconds");
        return [.. points.Select(point => point!)];
    }
}
