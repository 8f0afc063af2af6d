using System.Diagnostics;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Inference.Clients;

/// <summary>The service driven by a client that was written from the protocol's specification and knows nothing of ours (protocol.py).</summary>
public sealed class ClientTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    [PythonFact]
    public async Task An_independent_client_gets_the_right_answers_as_JSON_and_as_bytes()
    {
        using var service = await ServiceHere.Start(_folder);
        await service.Wire.Post(
            "models", """{"name":"sum","features":["a","b"],"target":"y","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]}"""
            + ""","precision":"float64"}""");
        await service.Wire.Post("models", """{"name":"sign","labels":["minus","plüs"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");

        var answers = await Drive(service, """
            [
              {"get":"/v2"},
              {"get":"/v2/health/ready"},
              {"get":"/v2/models/none"},
              {"model":"sum","id":"seven","inputs":[{"name":"input","datatype":"FP64","shape":[2,2],"data":[[1,2],[3,4]]}]},
              {"model":"sum","binary":true,"inputs":[{"name":"input","datatype":"FP64","shape":[2,2],"data":[1,2,3,4]}]},
              {"model":"sum","version":"1","binary":true,"inputs":[{"name":"b","datatype":"INT16","shape":[2,1],"data":[2,-4]},{"name":"a","datatype":"FP32","shape":[2],"data":[1,3]}]},
              {"model":"sign","binary":true,"outputs":["probabilities","label"],"inputs":[{"name":"input","datatype":"FP32","shape":[3,1],"data":[0,200,-200]}]}
            ]
            """);

        Assert.Equal(
            """{"name":"nnservice","version":"0.1.0","extensions":["binary_tensor_data","model_configuration","model_repository","statistics"]}""",
            answers[0]!["body"]!.ToJsonString());
        Assert.Equal("""{"live":true,"ready":true}""", answers[1]!["body"]!.ToJsonString());
        Assert.Equal("""{"status":404,"type":"application/json","body":{"error":"There is no model \u0022none\u0022."}}""", answers[2]!.ToJsonString());
        Assert.Equal("seven", (string?)answers[3]!["body"]!["id"]);
        Assert.Equal("application/json", (string?)answers[3]!["type"]);
        Assert.Equal("application/octet-stream", (string?)answers[4]!["type"]);
        Assert.Equal([5.5, 11.5], Data(answers[3], 0));
        Assert.Equal([5.5, 11.5], Data(answers[4], 0));
        Assert.Equal([5.5, -4.5], Data(answers[5], 0));
        Assert.Equal([0.5, 0.5, 0, 1, 1, 0], Data(answers[6], 0));
        Assert.Equal(["plüs", "plüs", "minus"], answers[6]!["body"]!["outputs"]![1]!["data"]!.AsArray().Select(label => (string)label!));
    }

    private static double[] Data(JsonNode? answer, int output) => Wire.Numbers(answer!["body"]!["outputs"]![output]!["data"]);

    private static async Task<JsonArray> Drive(ServiceHere service, string calls)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Inference", "Clients", "protocol.py");
        using var python = Process.Start(
            new ProcessStartInfo("python3", [script, service.Wire.Http.BaseAddress!.ToString()])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var (said, failed) = (python.StandardOutput.ReadToEndAsync(), python.StandardError.ReadToEndAsync());
        await python.StandardInput.WriteAsync(calls);
        python.StandardInput.Close();
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0, await failed);
        return JsonNode.Parse(await said)!.AsArray();
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            TemporaryFolder.Remove(_folder);
    }
}
