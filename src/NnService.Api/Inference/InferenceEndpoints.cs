using System.Reflection;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;

namespace NnService.Api.Inference;

/// <summary>The Open Inference Protocol (V2) over REST, with the binary tensor extension.</summary>
internal static class InferenceEndpoints
{
    private const string Platform = "nnservice";

    private static readonly string s_version = typeof(InferenceEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void MapInference(this WebApplication app)
    {
        var door = app.MapGroup("/v2").WithTags("Open Inference Protocol").AddEndpointFilter(QueryValue.RefuseUnknown);
        door.MapGet("", () => new PlainJson<ServerMetadata>(new ServerMetadata("nnservice", s_version, ["binary_tensor_data"])))
            .Describe("Show the server").Returns<ServerMetadata>(200);
        door.MapGet("/health/live", () => new PlainJson<ServerLive>(new ServerLive(true))).Describe("Whether the server lives").Returns<ServerLive>(200);
        door.MapGet("/health/ready", Ready).Describe("Whether the server can answer").Returns<ServerReady>(200).Returns<ErrorResponse>(503);
        foreach (var path in new[] { "/models/{name}", "/models/{name}/versions/{version}" })
        {
            var which = path.EndsWith("{version}", StringComparison.Ordinal) ? "a version" : "the latest version";
            OfModel(door.MapGet(path, Metadata).Describe($"Show the tensors of a model: {which}")).Returns<ModelMetadata>(200);
            OfModel(door.MapGet($"{path}/ready", ModelIsReady).Describe($"Whether a model can answer: {which}")).Returns<ModelReady>(200).Returns<ErrorResponse>(503);
            OfModel(door.MapPost($"{path}/infer", Infer).Describe($"Infer with {which} of a model", InferHelp))
                .TakesJson<JsonObject>(Examples.Infer).Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(413);
        }
    }

    /// <summary>200 where the service can answer, otherwise 503 and why.</summary>
    public static IResult Ready(Readiness readiness) => readiness.Obstacles() is { Count: > 0 } obstacles
        ? Refusal.Result(503, string.Join(' ', obstacles))
        : new PlainJson<ServerReady>(new ServerReady(true, true));

    private const string InferHelp =
        "Tensors as JSON, flat or nested, or as bytes behind the JSON (`Inference-Header-Content-Length`, `binary_data_size`). A model whose features are all numbers takes one tensor `input` [rows, features], "
        + "or like every other one a tensor for each feature.";

    private static RouteHandlerBuilder OfModel(RouteHandlerBuilder endpoint) => endpoint
        .PathExample("name", Examples.ModelName).PathExample("version", "1").Returns<ErrorResponse>(404);

    private static PlainJson<ModelMetadata> Metadata(string name, string? version, ModelStore models, Database database)
    {
        var loaded = ServedModel.Find(models, name, version);
        var signature = new ModelSignature(loaded);
        using var db = database.Read();
        var versions = ModelStore.Versions(db, name, null).Select(row => row.Version).ToList();
        return new PlainJson<ModelMetadata>(new ModelMetadata(name, [.. versions.Order().Select(number => number.ToString())], Platform, signature.Inputs, signature.Outputs));
    }

    private static IResult ModelIsReady(string name, string? version, ModelStore models, Readiness readiness)
    {
        try
        {
            ServedModel.Find(models, name, version);
        }
        catch (DamageException damaged)
        {
            return Refusal.Result(503, damaged.Message);
        }

        return readiness.Obstacles() is { Count: > 0 } obstacles
            ? Refusal.Result(503, string.Join(' ', obstacles))
            : new PlainJson<ModelReady>(new ModelReady(name, true));
    }

    private static async Task<IResult> Infer(string name, string? version, HttpContext context, ModelStore models, InferenceLimits limits)
    {
        var loaded = ServedModel.Find(models, name, version);
        var body = await WholeBody.ReadAsync(context, limits);
        return new InferAnswer(loaded, InferRequest.Read(body, context.Request.Headers[InferRequest.LengthHeader].ToString()), limits);
    }
}
