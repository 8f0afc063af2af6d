using System.Reflection;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models;

namespace NnService.Api.Inference;

/// <summary>The Open Inference Protocol (V2) over REST, with the binary tensor extension.</summary>
internal static class InferenceEndpoints
{
    private const string Platform = "nnservice";
    private const long QuickBytes = 256 << 10; // a thousand rows of tensors, in bytes or as JSON

    private static readonly LongRequest s_long = WholeBody.Long(QuickBytes);

    private static readonly string s_version = typeof(InferenceEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void MapInference(this WebApplication app)
    {
        var door = app.MapGroup("/v2").WithTags("Open Inference Protocol").SpeaksPlainErrors().NoStore().StrictQuery();
        door.MapGet("", () => new PlainJson<ServerMetadata>(new ServerMetadata("nnservice", s_version, ["binary_tensor_data"])))
            .Describe("Show the server").Returns<ServerMetadata>(200);
        door.MapGet("/health/live", () => new PlainJson<ServerLive>(new ServerLive(true))).Describe("Whether the server lives").Quiet().Returns<ServerLive>(200);
        door.MapGet("/health/ready", Ready).Describe("Whether the server can answer").Quiet().Returns<ServerReady>(200).Returns<ErrorResponse>(503);
        // A handler for each path: an optional parameter would be looked for in the query where the path has none.
        const string Model = "/models/{name}", Version = "/models/{name}/versions/{version}";
        Shows(door.MapGet(Model, (string name, ModelStore models, Database database, CancellationToken cancellation) => Metadata(name, null, models, database, cancellation)), Latest);
        Shows(door.MapGet(Version, Metadata), OneVersion);
        TellsReady(door.MapGet($"{Model}/ready", (string name, ModelStore models, Readiness readiness, CancellationToken cancellation) => ModelIsReady(name, null, models, readiness, cancellation)), Latest);
        TellsReady(door.MapGet($"{Version}/ready", ModelIsReady), OneVersion);
        Infers(door.MapPost($"{Model}/infer", (string name, HttpContext context, ModelStore models, InferenceLimits limits, LongAnswers answers) => Infer(name, null, context, models, limits, answers)), Latest);
        Infers(door.MapPost($"{Version}/infer", Infer), OneVersion);
    }

    private const string Latest = "the latest version";
    private const string OneVersion = "a version";

    private static void Shows(RouteHandlerBuilder endpoint, string which) => OfModel(endpoint).Describe($"Show the tensors of a model: {which}").Returns<ModelMetadata>(200);

    private static void TellsReady(RouteHandlerBuilder endpoint, string which) =>
        OfModel(endpoint).Describe($"Whether a model can answer: {which}").Returns<ModelReady>(200).Returns<ErrorResponse>(503);

    private static void Infers(RouteHandlerBuilder endpoint, string which) => OfModel(endpoint).Describe($"Infer with a model: {which}", InferHelp)
        .Quiet().WithMetadata(s_long)
        .TakesAnyType(InferenceExamples.Infer).Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(413).Returns<ErrorResponse>(429);

    /// <summary>200 where the service can answer, otherwise 503 and why.</summary>
    public static IResult Ready(Readiness readiness) => readiness.Obstacles() is { Count: > 0 } obstacles
        ? Refusal.Result(503, string.Join(' ', obstacles))
        : new PlainJson<ServerReady>(new ServerReady(true, true));

    /// <summary>Clients of these protocols name all sorts of types for the JSON they send, curl's own among them.</summary>
    public static RouteHandlerBuilder TakesAnyType(this RouteHandlerBuilder endpoint, string example) =>
        endpoint.Accepts<JsonObject>("application/json", "*/*").WithMetadata(new BodyExample("application/json", example));

    private const string InferHelp =
        "Tensors as JSON, flat or nested, or as bytes behind the JSON (`Inference-Header-Content-Length`, `binary_data_size`). A model whose features are all numbers takes one tensor `input` [rows, features], "
        + "or like every other one a tensor for each feature.";

    private static RouteHandlerBuilder OfModel(RouteHandlerBuilder endpoint) => endpoint
        .PathExample("name", Examples.ModelName).PathExample("version", "1").Returns<ErrorResponse>(404);

    private static async Task<PlainJson<ModelMetadata>> Metadata(string name, string? version, ModelStore models, Database database, CancellationToken cancellation)
    {
        var loaded = await ServedModel.FindAsync(models, name, version, cancellation);
        var signature = new ModelSignature(loaded);
        using var db = database.Read();
        var versions = ModelStore.Versions(db, name, null).Select(row => row.Version).ToList();
        if (versions.Count == 0)
            throw Refusal.Exception(404, $"There is no model \"{name}\"."); // deleted since it was found
        return new PlainJson<ModelMetadata>(new ModelMetadata(name, [.. versions.Order().Select(number => number.ToString())], Platform, signature.Inputs, signature.Outputs));
    }

    private static async Task<IResult> ModelIsReady(string name, string? version, ModelStore models, Readiness readiness, CancellationToken cancellation) =>
        await ModelObstacle(name, version, models, readiness, cancellation) ?? new PlainJson<ModelReady>(new ModelReady(name, true));

    /// <summary>What keeps a model from answering, as a refusal; null: nothing. Errors: <see cref="ProblemException"/>, 404 where there is none.</summary>
    public static async Task<IResult?> ModelObstacle(string name, string? version, ModelStore models, Readiness readiness, CancellationToken cancellation)
    {
        try
        {
            await ServedModel.FindAsync(models, name, version, cancellation);
        }
        catch (DamageException damaged)
        {
            return Refusal.Result(503, damaged.Message);
        }

        return readiness.Obstacles() is { Count: > 0 } obstacles ? Refusal.Result(503, string.Join(' ', obstacles)) : null;
    }

    private static async Task<IResult> Infer(string name, string? version, HttpContext context, ModelStore models, InferenceLimits limits, LongAnswers answers)
    {
        var loaded = await ServedModel.FindAsync(models, name, version, context.RequestAborted);
        var body = await WholeBody.ReadAsync(context, limits);
        var answer = new InferAnswer(loaded, InferRequest.Read(body, context.Request.Headers[InferRequest.LengthHeader].ToString()), limits);
        return answer.IsQuick ? answer : answers.Of(() => answer);
    }
}
