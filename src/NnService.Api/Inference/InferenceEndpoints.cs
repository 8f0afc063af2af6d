using System.Reflection;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Inference.Tensors;
using NnService.Api.Inference.Triton;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Inference;

/// <summary>The Open Inference Protocol (V2) over REST, with the binary tensor extension.</summary>
internal static class InferenceEndpoints
{
    /// <summary>What computes the models.</summary>
    public const string Platform = "nnservice";

    private const long QuickBytes = 256 << 10; // a thousand rows of tensors, in bytes or as JSON

    private static readonly LongRequest s_long = WholeBody.Long(QuickBytes);

    /// <summary>The server's version.</summary>
    public static string Version { get; } =
        typeof(InferenceEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void MapInference(this WebApplication app)
    {
        var door = app.MapGroup("/v2").WithTags("Open Inference Protocol").SpeaksPlainErrors().NoStore(); // a query is passed over: gateways have theirs
        door.MapGet("", () => new PlainJson<ServerMetadata>(new ServerMetadata(Platform, Version, ["binary_tensor_data", .. TritonEndpoints.Extensions]))).RequireScope(Scope.Read)
            .Describe("Show the server", "Its name, its version and the extensions of the protocol that it speaks.").Named("getServer")
            .Returns<ServerMetadata>(200);
        door.MapGet("/health/live", () => new PlainJson<ServerLive>(new ServerLive(true))).RequireScope(Scope.Read)
            .Describe("Whether the server lives", "Always true: a dead one does not answer.").Named("isServerLive").Quiet().IgnoresQuery()
            .Returns<ServerLive>(200);
        door.MapGet("/health/ready", Ready).RequireScope(Scope.Read).Describe("Whether the server can answer", "503 with the reasons where it cannot.").Named("isServerReady").Probe()
            .IgnoresQuery()
            .Returns<ServerReady>(200).Returns<ErrorResponse>(503);
        VersionedRoutes.MapVersioned(
                path => door.MapGet($"/models{path}", Metadata).RequireScope(Scope.Read),
                "Show the tensors of a model: the latest version", "Show the tensors of a model: a version", MetadataHelp, "getInferenceModel")
            .Returns<ErrorResponse>(404).Returns<ModelMetadata>(200);
        VersionedRoutes.MapVersioned(
                path => door.MapGet($"/models{path}/ready", ModelIsReady).RequireScope(Scope.Read),
                "Whether a model can answer: the latest version", "Whether a model can answer: a version", ReadyHelp, "isInferenceModelReady")
            .Returns<ErrorResponse>(404).Returns<ModelReady>(200).Returns<ErrorResponse>(503);
        VersionedRoutes.MapVersioned(
                path => door.MapPost($"/models{path}/infer", Infer).RequireScope(Scope.Predict),
                "Infer with a model: the latest version", "Infer with a model: a version", InferHelp, "inferWithModel")
            .Quiet().Returns<ErrorResponse>(404).WithMetadata(s_long).Uncompressed(upTo: Compression.SmallRequest)
            .TakesAnyType<InferenceRequest>(InferenceExamples.Infer).WithMetadata(new BodySchema("application/octet-stream", typeof(byte[])))
            .With(new HeaderParameter(InferRequest.LengthHeader, "How many bytes of JSON stand before the bytes of tensors.") { Form = ValueForm.Whole(0) })
            .Returns<InferenceResponse>(200).ReturnsFile(200, "application/octet-stream")
            .ReturnsHeader(InferRequest.LengthHeader, "How many bytes of JSON stand before the bytes of tensors, where there are any.", 200)
            .Returns<ErrorResponse>(400).Returns<ErrorResponse>(413).Returns<ErrorResponse>(429);
        door.MapTriton();
    }

    /// <summary>200 where the service can answer, otherwise 503 and why.</summary>
    public static IResult Ready(Readiness readiness) => readiness.Obstacles() is { Count: > 0 } obstacles
        ? Refusal.Result(503, string.Join(' ', obstacles))
        : new PlainJson<ServerReady>(new ServerReady(true, true));

    /// <summary>Clients of these protocols name all sorts of types for the JSON they send, curl's own among them.</summary>
    public static RouteHandlerBuilder TakesAnyType<T>(this RouteHandlerBuilder endpoint, string example)
        where T : notnull =>
        endpoint.Accepts<T>("application/json", "*/*").WithMetadata(new BodyExample("application/json", example));

    private const string MetadataHelp = "-1 in a shape stands for the number of rows.";

    private const string ReadyHelp = "404 where there is no such model, 503 where it or the service cannot answer.";

    private const string InferHelp =
        "Tensors as JSON, flat or nested, or as bytes behind the JSON (`Inference-Header-Content-Length`, `binary_data_size`). "
            + "A model whose features are all numbers takes one tensor `input` [rows, features], "
        + "or like every other one a tensor for each feature. The parameter `interval`, such as 0.9, adds to each tensor of values one of their intervals "
        + "[rows, 2], or a tensor `labels` [rows, labels] that says which may be the true one.";

    private static async Task<IResult> Metadata(ModelPath path, Database database)
    {
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        var signature = new ModelSignature(loaded);
        using var db = database.Read();
        var versions = ModelStore.Versions(db, path.Name, null).Select(row => row.Version).ToList();
        if (versions.Count == 0)
            return Refusal.Result(404, $"There is no model \"{path.Name}\"."); // deleted since it was found
        return new PlainJson<ModelMetadata>(
            new ModelMetadata(path.Name, [.. versions.Order().Select(number => number.ToString())], Platform, signature.Inputs, signature.Outputs));
    }

    private static async Task<IResult> ModelIsReady(ModelPath path, Readiness readiness) =>
        await ModelObstacle(path, readiness) ?? new PlainJson<ModelReady>(new ModelReady(path.Name, true));

    /// <summary>What keeps a model from answering, as a refusal: 404 where there is none; null: nothing.</summary>
    public static async Task<IResult?> ModelObstacle(ModelPath path, Readiness readiness)
    {
        try
        {
            if (await path.FindAsync() is null)
                return ServedModel.NotFound(path);
        }
        catch (DamageException damaged)
        {
            return Refusal.Result(503, damaged.Message);
        }

        return readiness.Obstacles() is { Count: > 0 } obstacles ? Refusal.Result(503, string.Join(' ', obstacles)) : null;
    }

    private static async Task<IResult> Infer(ModelPath path, HttpContext context, InferenceLimits limits, PredictionAnswers answers)
    {
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        var predictions = new Predictor(loaded);
        var body = await WholeBody.ReadAsync(context, limits);
        return answers.Of(predictions, () =>
        {
            var request = InferRequest.Read(body, context.Request.Headers[InferRequest.LengthHeader].ToString());
            if (request.Interval is { } level)
                predictions.Thresholds = IntervalLevel.Thresholds(loaded, level);
            var signature = new ModelSignature(loaded);
            var rows = new TensorBatches(loaded.Model.Description, signature, request.Inputs);
            return (rows, new TensorAnswer(loaded, signature, request, rows.Count!.Value, limits));
        });
    }
}
