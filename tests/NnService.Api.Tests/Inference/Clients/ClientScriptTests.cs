using System.Diagnostics;

namespace NnService.Api.Tests.Inference.Clients;

/// <summary>The service asked by scripts that send what the clients of other servers send, written from their public sources.</summary>
public sealed class ClientScriptTests : IDisposable
{
    private const string Sum = """
        {"name":"sum","features":["a","b"],"target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]}}
        """;

    private const string Half = """
        {"name":"half","features":["x"],"target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[[0.5]],"bias":[2]}]}}
        """;

    private const string Kind = """
        {"name":"kind","features":["x"],"labels":["no","yes"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}
        """;

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    [PythonFact]
    public async Task Tritons_client_works() => await Run("triton.py", [], Kind, Sum, Sum);

    [PythonFact]
    public async Task KServes_client_works() => await Run("kserve.py", [], Kind, Sum);

    [PythonFact]
    public async Task Clients_of_TensorFlow_Serving_work() => await Run("tensorflow_serving.py", [], Kind, Sum, Half);

    [PythonFact]
    public async Task MLflows_client_works() => await Run("mlflow.py", ["--Inference:DefaultModel=sum"], Kind, Sum);

    [PythonFact]
    public async Task SageMakers_clients_work() => await Run("sagemaker.py", ["--Inference:DefaultModel=sum/stable"], Kind, Sum);

    private async Task Run(string script, string[] settings, params string[] models)
    {
        using var service = await ServiceHere.Start(_folder, settings);
        foreach (var model in models)
            await service.Wire.Post("models", model);
        foreach (var name in (string[])["half", "sum"])
            await service.Wire.Put($"models/{name}/aliases/stable", """{"version":1}""");
        if (script == "mlflow.py")
            await TrainWithGaps(service.Wire);

        var path = Path.Combine(AppContext.BaseDirectory, "Inference", "Clients", script);
        using var python = Process.Start(
            new ProcessStartInfo("python3", ["-B", path, service.Wire.Http.BaseAddress!.ToString()]) { RedirectStandardError = true })!;
        var failed = await python.StandardError.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0, failed);
    }

    // A model that knows what a missing number is.
    private static async Task TrainWithGaps(Wire wire)
    {
        await wire.PostCsv(
            "datasets?name=gaps", "a,b,y\n" + string.Concat(Enumerable.Range(0, 20).Select(row => $"{row},{(row == 3 ? "" : row * 2)},{row * 1.5}\n")));
        await wire.Train("""{"dataset":"gaps","target":"y","features":["a","b"],"task":"regression","epochs":1,"model":"gaps"}""");
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            TemporaryFolder.Remove(_folder);
    }
}
