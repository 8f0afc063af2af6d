using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>The best epoch in a job's answer.</summary>
public sealed class BestEpochTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task With_early_stopping_it_is_the_epoch_whose_weights_the_model_has()
    {
        await _wire.Upload("best-iris", "iris.csv");

        var job = await _wire.Train(Job("best-restored", """{"patience":3,"minDelta":0.001}""", epochs: 300));

        var version = (await _wire.Get("models/best-restored/versions/1")).Json;
        Assert.Equal("earlyStopping", (string?)job["stopReason"]);
        Assert.Equal((int)job["epoch"]! - 3, (int)job["bestEpoch"]!);
        Assert.Equal((int)version["lineage"]!["epoch"]!, (int)job["bestEpoch"]!);
        Assert.Contains($"best: epoch {job["bestEpoch"]},", (await _wire.Get($"training-jobs/{job["id"]}/loss.svg")).Text, StringComparison.Ordinal);
        Assert.Equal((int)job["bestEpoch"]!, (int)(await _wire.Get("training-jobs?model=best-restored&fields=bestEpoch")).Json["items"]![0]!["bestEpoch"]!);
    }

    [Theory]
    [InlineData("best-off", """{"patience":0}""", "validationLoss")]
    [InlineData("best-train", """{"monitor":"trainLoss","patience":1000,"restoreBest":false}""", "trainLoss")]
    public async Task Otherwise_it_is_the_one_with_the_smallest_loss_of_the_history(string model, string stopping, string loss)
    {
        await _wire.Upload("best-iris", "iris.csv");

        var job = await _wire.Train(Job(model, stopping, epochs: 40));

        var points = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        Assert.Equal((int)points.MinBy(point => (double)point![loss]!)!["epoch"]!, (int)job["bestEpoch"]!);
    }

    [Fact]
    public async Task A_job_under_way_tells_the_best_so_far_and_knows_it_again_after_a_pause()
    {
        await _wire.Upload("best-digits", "digits.csv");
        var id = (string)(await _wire.Post("training-jobs", EndlessJob.OnDigits("best-digits", "best-paused"))).Json["id"]!;
        await _wire.Until(id, job => (int?)job["bestEpoch"] > 2);
        await _wire.Post($"training-jobs/{id}/pause", "");
        var paused = await _wire.Until(id, "paused");

        await _wire.Post($"training-jobs/{id}/resume", "");
        var resumed = await _wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > (int)paused["epoch"]!);
        await _wire.Post($"training-jobs/{id}/stop", "");
        var stopped = await _wire.Until(id, "succeeded");

        Assert.True((int)resumed["bestEpoch"]! >= (int)paused["bestEpoch"]!);
        var points = (await _wire.Get($"training-jobs/{id}/history")).Json["points"]!.AsArray();
        Assert.Equal((int)points.MinBy(point => (double)point!["trainLoss"]!)!["epoch"]!, (int)stopped["bestEpoch"]!);
    }

    // The rate is so large that the loss goes up and down.
    [Theory]
    [InlineData("stopped", """, "split":{"train":0.8,"test":0.2,"validation":0}""", "trainLoss")]
    [InlineData("stopped-validated", "", "validationLoss")]
    public async Task Who_stops_a_job_gets_the_best_so_far_also_where_early_stopping_is_off(string model, string split, string loss)
    {
        await _wire.Upload("best-iris", "iris.csv");
        var id = (string)(await _wire.Post("training-jobs", $$"""
            {"dataset":"best-iris","target":"species","epochs":1000000,"earlyStopping":{"patience":0},"model":"{{model}}"{{split}},
             "network":{"layers":[{"type":"dense","units":8,"activation":"tanh"},{"type":"dense","activation":"softmax"}]},
             "optimizer":{"type":"adam","learningRate":0.5},"batchSize":8,"seed":1}
            """)).Json["id"]!;
        await _wire.Until(id, job => (int)job["epoch"]! > 50);

        await _wire.Post($"training-jobs/{id}/stop", "");
        var stopped = await _wire.Until(id, "succeeded");

        var points = (await _wire.Get($"training-jobs/{id}/history?maxPoints=1000000")).Json["points"]!.AsArray();
        Assert.True((double)stopped[loss]! <= points.Min(point => (double)point![loss]!));
        Assert.Equal("stopped", (string?)stopped["stopReason"]);
    }

    [Fact]
    public async Task A_job_that_has_not_begun_has_none()
    {
        await _wire.Upload("best-heights", "toy_heights.csv");
        var blocker = (string)(await _wire.Post("training-jobs", EndlessJob.OnHeights("best-heights", "best-blocker"))).Json["id"]!;
        await _wire.Until(blocker, "running");

        JsonNode waiting = (await _wire.Post("training-jobs", EndlessJob.OnHeights("best-heights", "best-waiting"))).Json;

        Assert.True(waiting.AsObject().ContainsKey("bestEpoch"));
        Assert.Null(waiting["bestEpoch"]);
        await _wire.CancelAll();
    }

    private static string Job(string model, string stopping, int epochs) => $$"""
        {"dataset":"best-iris","target":"species",
         "network":{"layers":[{"type":"dense","units":16,"activation":"tanh"},{"type":"dense","activation":"softmax"}]},
         "optimizer":{"type":"adam","learningRate":0.05},"batchSize":4,"epochs":{{epochs}},"earlyStopping":{{stopping}},"model":"{{model}}"}
        """;
}
