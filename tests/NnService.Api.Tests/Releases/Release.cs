using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Releases;

/// <summary>
/// What a release leaves to those after it, in <c>tests/Releases</c>: a small data folder, as a backup, and what it computes. Written once, when it is
/// released: <c>dotnet run --project tests/NnService.Api.Tests -- release 1.0.0</c>. Never changed after.
/// </summary>
internal static class Release
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    // Of each kind of arithmetic a little: both precisions, both tasks, every kind of layer, several optimizers and schedules.
    private static readonly (string File, string Configuration)[] s_trainings =
    [
        ("toy_heights.csv", """
            {"dataset":"toy_heights","target":"gender","features":["weight_lb","height_in"],"epochs":50,"batchSize":1,"precision":"float64","seed":1,
             "network":{"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense","units":1,"activation":"sigmoid"}]},
             "loss":"meanSquaredError","optimizer":{"type":"sgd","learningRate":0.1},"model":"toy"}
            """),
        ("iris.csv", """
            {"dataset":"iris","target":"species","epochs":8,"seed":2,"schedule":"cosine","optimizer":"adamw","model":"iris",
             "network":{"layers":[{"type":"dense","units":8,"activation":"gelu"},{"type":"layerNormalization"},{"type":"dropout","rate":0.1},
                                  {"type":"dense","activation":"softmax"}]}}
            """),
        ("diabetes.csv", """
            {"dataset":"diabetes","target":"progression","task":"regression","epochs":6,"seed":3,"optimizer":{"type":"sgd","momentum":0.9},"model":"diabetes",
             "network":{"layers":[{"type":"dense","units":6,"activation":"tanh"},{"type":"batchNormalization"},{"type":"dense"}]}}
            """),
        ("penguins.csv", """{"dataset":"penguins","target":"species","epochs":5,"seed":4,"model":"penguins"}"""),
    ];

    /// <summary>The folder of all releases' files.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Releases");

    /// <summary>The names of the releases that have files.</summary>
    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Order();

    public static JsonNode Computes(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, $"{name}.json")))!;

    /// <summary>Puts the data folder of a release where a service can be started on it.</summary>
    public static async Task Unpack(string name, string folder)
    {
        var backup = folder + ".tar";
        await using (var packed = File.OpenRead(Path.Combine(Folder, $"{name}.tar.gz")))
        await using (var bytes = new GZipStream(packed, CompressionMode.Decompress))
        await using (var target = File.Create(backup))
            await bytes.CopyToAsync(target);
        Assert.Equal((0, ""), await ProgramHere.RunToEnd(folder, "restore", backup));
    }

    /// <summary>Writes the files of the release that this source is.</summary>
    public static async Task Write(string name)
    {
        using var folder = new TemporaryFolder();
        var (data, backup) = (Path.Combine(folder.Path, "data"), Path.Combine(folder.Path, "backup.tar"));
        var (trainings, predictions) = (new JsonArray(), new JsonArray());
        using (var service = await ServiceProcess.Start(data))
        {
            foreach (var (file, configuration) in s_trainings)
            {
                trainings.Add(await Train(service.Wire, file, await Resolve(service.Wire, file, configuration)));
                predictions.Add(await Predict(service.Wire, (string)JsonNode.Parse(configuration)!["model"]!, Path.GetFileNameWithoutExtension(file)));
            }

            Assert.Equal(0, await service.Terminate());
        }

        Assert.Equal((0, ""), await ServiceProcess.RunToEnd(data, "backup", backup));
        await using (var bytes = File.OpenRead(backup))
        await using (var target = File.Create(Path.Combine(Folder, $"{name}.tar.gz")))
        await using (var packed = new GZipStream(target, CompressionLevel.SmallestSize))
            await bytes.CopyToAsync(packed);
        var computes = new JsonObject { ["trainings"] = trainings, ["predictions"] = predictions };
        await File.WriteAllTextAsync(Path.Combine(Folder, $"{name}.json"), computes.ToJsonString(s_indented) + Environment.NewLine);
    }

    // What is left out may be chosen otherwise by a later release; what was chosen must come to the same bits there.
    private static async Task<string> Resolve(Wire wire, string file, string configuration)
    {
        await wire.Upload((string)JsonNode.Parse(configuration)!["dataset"]!, file);
        return (await wire.Post("training-jobs?validateOnly=true", configuration)).Json["configuration"]!.ToJsonString();
    }

    /// <summary>Trains, and says of what it became what.</summary>
    public static async Task<JsonNode> Train(Wire wire, string file, string configuration)
    {
        var asked = JsonNode.Parse(configuration)!;
        await wire.Upload((string)asked["dataset"]!, file);
        var job = await wire.Train(configuration);
        var version = (await wire.Get($"models/{asked["model"]}/versions/{job["model"]!["version"]}")).Json;
        return new JsonObject
        {
            ["file"] = file,
            ["datasetSha256"] = (await wire.Get($"datasets/{asked["dataset"]}")).Json["sha256"]!.DeepClone(),
            ["configuration"] = asked.DeepClone(),
            ["weightsSha256"] = version["sha256"]!.DeepClone(),
        };
    }

    /// <summary>What a model answers for its dataset: the hash of all of it.</summary>
    public static async Task<JsonNode> Predict(Wire wire, string model, string dataset)
    {
        var answer = await wire.Post($"models/{model}/versions/1/predict", $$"""{"dataset":"{{dataset}}"}""");
        Assert.True((int)answer.Status == 200, answer.Text);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(answer.Text)));
        return new JsonObject { ["model"] = model, ["dataset"] = dataset, ["answerSha256"] = sha256 };
    }
}
