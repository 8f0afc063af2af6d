using System.Text.Json.Nodes;
using NnService.Api.Tests.Databases;
using NnService.Engine;

namespace NnService.Api.Tests.Releases;

/// <summary>Later releases open the data folders of earlier ones, predict the same from their models, and train the same bits.</summary>
public sealed class ReleaseTests
{
    public static TheoryData<string> Names => [.. Release.Names];

    [SqliteTheory]
    [MemberData(nameof(Names))]
    public async Task A_data_folder_of_a_release_opens_and_predicts(string release)
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        await Release.Unpack(release, data);
        using var service = await ServiceHere.Start(data);

        Assert.Equal("""{"status":"ready","reasons":[]}""", (await service.Wire.Get("/health/ready")).Text);
        foreach (var prediction in Release.Computes(release)["predictions"]!.AsArray())
            AssertSame(prediction!, await Release.Predict(service.Wire, (string)prediction!["model"]!, (string)prediction["dataset"]!));
        var sorted = (await service.Wire.Get("training-jobs?sort=-train.accuracy")).Json["items"]!.AsArray();
        var accuracies = sorted.Select(job => (double?)job!["metrics"]?["train"]?["accuracy"]).ToList();
        Assert.NotNull(accuracies[0]);
        Assert.Equal(accuracies.OrderByDescending(accuracy => accuracy), accuracies); // of a job without one it is null, and last
        await service.Stop();
        Assert.Equal((0, ""), await ProgramHere.RunToEnd(data, "check"));
    }

    // Left by a version of 2026-11-29, on a table in which a number, a boolean and the year of the dates do not vary: a model, a job under way, one that waits, and
    // a cross-validation some of whose folds wait and the others are made by the version that reads this.
    [SqliteFact]
    public async Task What_was_accepted_before_a_change_of_encodings_comes_to_its_end_and_a_model_is_trained_again_to_its_bits()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        await Release.Unpack("Accepted/0.1.0", data);
        using var service = await ServiceHere.Start(data);
        var (running, waiting) = (await IdOf("running"), await IdOf("waiting"));

        var taken = await service.Wire.Until(running, job => (string?)job["state"] == "running" && (int)job["attempt"]! == 2);
        await service.Wire.Post($"training-jobs/{running}/stop", "");
        var ended = await service.Wire.Until(running, "succeeded");
        var waited = await service.Wire.Until(waiting, job => (string?)job["state"] is "succeeded" or "failed");
        var study = await service.Wire.UntilAt("studies/latest", answer => (string?)answer["state"] is "succeeded" or "failed");
        var verified = (await service.Wire.Post("models/year/verify", "", ("Prefer", "wait=300"))).Json;

        Assert.True((double)taken["progress"]! > 0.001, taken.ToJsonString()); // it goes on from its checkpoint
        Assert.DoesNotContain(ended["warnings"]!.AsArray(), warning => ((string)warning!).Contains("begun again", StringComparison.Ordinal));
        Assert.True((string?)waited["state"] == "succeeded", waited.ToJsonString());
        Assert.True((string?)study["state"] == "succeeded" && study["model"] is not null, study.ToJsonString());
        Assert.True((bool?)verified["matches"], verified.ToJsonString());

        async Task<string> IdOf(string model) => (string)(await service.Wire.Get($"training-jobs?model={model}")).Json["items"]![0]!["id"]!;
    }

    // Left by the same version: trainings with weights of rows and classes and bins that are narrow at an end, one of them with a start that is better than its epochs.
    [SqliteFact]
    public async Task What_was_accepted_before_a_change_of_rules_is_trained_by_the_rules_of_then()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        await Release.Unpack("Accepted/0.1.0-weights", data);
        using var service = await ServiceHere.Start(data);

        foreach (var model in (string[])["running", "waiting"])
            await service.Wire.Until((string)(await service.Wire.Get($"training-jobs?model={model}")).Json["items"]![0]!["id"]!, "succeeded");
        var study = await service.Wire.UntilAt("studies/latest", answer => (string?)answer["state"] is "succeeded" or "failed");

        Assert.True((string?)study["state"] == "succeeded", study.ToJsonString());
        foreach (var model in (string[])["weighted", "warm", "running", "waiting", "refit"])
        {
            var verified = (await service.Wire.Post($"models/{model}/verify", "", ("Prefer", "wait=300"))).Json;
            Assert.True((bool?)verified["matches"], model + verified.ToJsonString());
            var lineage = (await service.Wire.Get($"models/{model}/lineage")).Json;
            Assert.Equal(TrainingRules.First, (int)lineage["configuration"]!["rulesVersion"]!);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_a_release_has_trained_is_trained_to_the_same_bits(string release)
    {
        using var service = new TestService();
        foreach (var training in Release.Computes(release)["trainings"]!.AsArray())
            AssertSame(training!, await Release.Train(service.Wire, (string)training!["file"]!, training["configuration"]!.ToJsonString()));
    }

    private static void AssertSame(JsonNode expected, JsonNode actual) => Assert.Equal(expected.ToJsonString(), actual.ToJsonString());
}
