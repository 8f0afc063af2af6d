using System.Net;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>A model whose stored bytes are not what was saved: no door serves it, each says so in its own form, and the others are served.</summary>
public sealed class DamagedModelTests : IDisposable
{
    private const string Says =
        "Version 1 of model \"sum\" is damaged: what is stored is not what was saved. Put it back from a backup, or delete the version.";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    [SqliteTheory]
    [InlineData("Parameters = zeroblob(length(Parameters))")]
    [InlineData("Parameters = zeroblob(1)")]
    [InlineData("Description = substr(Description, 1, 20)")]
    public async Task Every_door_refuses_it_and_it_is_not_ready(string damage)
    {
        await PreparedFolder.Copy("two models", _folder, async wire =>
        {
            foreach (var name in (string[])["sum", "other"])
                await wire.Post("models", $$"""{"name":"{{name}}","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]} }""");
            await wire.PostCsv("datasets?name=points", "x1,x2,y\n1,2,3\n2,3,5\n4,5,9\n");
        });
        Damage(damage);

        using var service = await ServiceHere.Start(_folder);
        var wire = service.Wire;
        foreach (var path in (string[])["/v2/models/sum/ready", "/v2/models/sum/versions/1/ready"])
            Plain(HttpStatusCode.ServiceUnavailable, await wire.Get(path));
        Plain(HttpStatusCode.InternalServerError, await wire.Get("/v2/models/sum"));
        Plain(HttpStatusCode.InternalServerError,
            await wire.Post("/v2/models/sum/infer", """{"inputs":[{"name":"input","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"""));
        Plain(HttpStatusCode.InternalServerError, await wire.Post("/v1/models/sum:predict", """{"instances":[[1,2]]}"""));
        Plain(HttpStatusCode.InternalServerError, await wire.Post("/invocations?model=sum", """{"instances":[[1,2]]}"""));
        Problem(await wire.Get("models/sum/versions/1"));
        Problem(await wire.Post("models/sum/predict", """{"rows":[[1,2]]}"""));
        Problem(await wire.PostCsv("models/sum/predict", "x1,x2\n1,2\n"));
        Problem(await wire.Post("models/sum/evaluate", """{"dataset":"points"}"""));
        Problem(await wire.Post("models/sum/trace", """{"row":[1,2],"target":3}"""));
        Problem(await wire.Post("models/sum/explain", """{"row":[1,2]}"""));
        foreach (var what in (string[])["formula", "lineage", "export/onnx", "export/json", "export/safetensors", "export/c"])
            Problem(await wire.Get($"models/sum/{what}"));
        Problem(await wire.Post("models/sum/verify", ""));
        Problem(await wire.Post("training-jobs", """{"dataset":"points","target":"y","initialModel":{"name":"sum"}}"""));

        Assert.Equal((HttpStatusCode.OK, """{"name":"other","ready":true}"""), await Told(wire, "/v2/models/other/ready"));
        Assert.Equal((HttpStatusCode.OK, """{"live":true,"ready":true}"""), await Told(wire, "/v2/health/ready"));
        Assert.Equal((HttpStatusCode.OK, $$"""{"status":"degraded","reasons":["{{Says.Replace("\"", "\\\"")}}"]}"""), await Told(wire, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("models/sum")).Status); // so that it can be found and deleted
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete("models/sum")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("/v2/models/sum/ready")).Status);
        Assert.Equal((HttpStatusCode.OK, """{"status":"ready","reasons":[]}"""), await Told(wire, "/health/ready"));
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            TemporaryFolder.Remove(_folder);
    }

    private static async Task<(HttpStatusCode Status, string Text)> Told(Wire wire, string path) =>
        await wire.Get(path) is var answer ? (answer.Status, answer.Text) : default;

    private static void Plain(HttpStatusCode status, Answer answer)
    {
        Assert.Equal((status, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal(Says, (string?)answer.Json["error"]);
    }

    private static void Problem(Answer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.InternalServerError, $"{answer.Status} {answer.Text}");
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Equal(Says, (string?)answer.Json["detail"]);
    }

    private void Damage(string set)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "nnservice.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"UPDATE ModelVersions SET {set} WHERE ModelNumber = (SELECT Number FROM Models WHERE Name = 'sum')";
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
