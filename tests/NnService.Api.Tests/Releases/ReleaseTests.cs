using System.Text.Json.Nodes;
using NnService.Api.Tests.Databases;

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
