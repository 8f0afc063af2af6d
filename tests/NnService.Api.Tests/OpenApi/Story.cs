using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.OpenApi;

/// <summary>Presses the example of every operation, as a person does in Swagger UI, in an order in which each works.</summary>
internal sealed class Story(Wire wire, ApiDocument document)
{
    private bool _hasFolds; // whether the latest study is a cross-validation
    private string? _key; // made by the service, so that no example can name it

    private static readonly string[] s_moves = ["/cancel", "/stop", "/pause", "/resume"];

    /// <summary>Whether an operation is asked of a job under way.</summary>
    public static bool Moves(ApiOperation operation) => s_moves.Any(move => operation.Path.EndsWith(move, StringComparison.Ordinal));

    /// <summary>The operations in the order of pressing: things are made before they are looked at, and deleted last, jobs first.</summary>
    public IEnumerable<ApiOperation> Operations =>
        document.Operations.OrderBy(operation => Turn(operation.Path, operation.Verb)).ThenBy(operation => operation.Path.Length);

    /// <summary>Presses one, and prepares for it what it needs and waits for what it starts.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="headers">Headers beside those of a browser.</param>
    public async Task<Answer> Press(ApiOperation operation, params (string Name, string Value)[] headers)
    {
        if (Moves(operation) && IsOfStudy(operation.Path))
            await StartEndlessStudy();
        else if (Moves(operation))
        {
            var job = await wire.Post("training-jobs", EndlessJob.Of(ExampleOf(document.Operations.First(IsStart))!.ToJsonString()));
            await wire.Until((string)job.Json["id"]!, started => (int)started["epoch"]! > 0);
        }

        if (operation.Id == "getOutOfFoldPredictions" && !_hasFolds)
        {
            var folds = document.Operations.First(IsStudyStart).Bodies["application/json"]!["examples"]!.AsObject().Last().Value!["value"]!;
            await EndOfStudy(await wire.Post("studies", folds.ToJsonString()));
            _hasFolds = true;
        }

        if (operation.Id == "listWebhookDeliveries")
            await wire.UntilAt("webhooks/ends/deliveries", deliveries => deliveries["items"]!.AsArray().Count > 0);
        var answer = await Send(operation, headers);
        if (operation.Id == "createApiKey" && (int)answer.Status == 201)
            _key = (string)answer.Json["id"]!;
        if (IsStart(operation) && (int)answer.Status == 202)
            await wire.Until((string)answer.Json["id"]!, "succeeded");
        if (IsStudyStart(operation) && (int)answer.Status == 202)
            await EndOfStudy(answer);
        if (Moves(operation))
            await wire.Post(IsOfStudy(operation.Path) ? "studies/latest/cancel" : "training-jobs/latest/cancel", "");
        return answer;
    }

    private static bool IsStudyStart(ApiOperation operation) => operation.Id == "startStudy";

    private Task<JsonNode> EndOfStudy(Answer started) => wire.UntilAt($"studies/{started.Json["id"]}", study => (string?)study["state"] == "succeeded");

    private async Task StartEndlessStudy()
    {
        var study = ExampleOf(document.Operations.First(IsStudyStart))!.DeepClone().AsObject();
        (study["name"], study["trials"], study["job"]) = ($"endless-{Guid.NewGuid():N}", 1, JsonNode.Parse(EndlessJob.Of(study["job"]!.ToJsonString())));
        await wire.Post("studies", study.ToJsonString());
        await wire.UntilAt("studies/latest", started => (int)started["trials"]![0]!["epochs"]! > 0);
    }

    /// <summary>The body that Swagger UI shows first, of whatever content type; null where the operation takes none.</summary>
    public static JsonNode? ExampleOf(ApiOperation operation) => operation.Bodies.Select(media => ExampleOf(media.Value!))
        .FirstOrDefault(shown => shown is not null);

    /// <summary>A path with the id of the key that was made last.</summary>
    public string WithKey(string path) => _key is null ? path : path.Replace("/api-keys/{id}", $"/api-keys/{_key}", StringComparison.Ordinal);

    private async Task<Answer> Send(ApiOperation operation, (string Name, string Value)[] headers)
    {
        var (path, query) = (WithKey(operation.Path), new StringBuilder());
        foreach (var parameter in operation.Parameters)
        {
            var (name, example) = ((string)parameter["name"]!, parameter["example"]?.ToString());
            if ((string?)parameter["in"] == "path")
                path = path.Replace($"{{{name}}}", example ?? throw new InvalidOperationException($"{operation}: no example for {name}"));
            else if (example is not null && (string?)parameter["in"] == "query")
                query.Append($"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(example)}");
        }

        return await wire.Send(operation.Method, path + query, BodyOf(operation), headers);
    }

    private static StringContent? BodyOf(ApiOperation operation)
    {
        if (operation.Bodies.FirstOrDefault(media => ExampleOf(media.Value!) is not null) is not { Key: { } type, Value: { } media })
            return null;
        var shown = ExampleOf(media)!;
        return new StringContent(shown is JsonValue text ? (string)text! : shown.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(type));
    }

    public static JsonNode? ExampleOf(JsonNode media) => media["example"] ?? media["examples"]?.AsObject().First().Value!["value"];

    private static bool IsStart(ApiOperation operation) => operation is { Path: "/api/v1/training-jobs", Verb: "post" };

    private static int Turn(string path, string verb) => (path, verb) switch
    {
        ("/api/v1/studies", "post") => 10, // its jobs become the latest ones
        (_, "get") when IsOfStudy(path) => 11,
        (_, "post") when IsOfStudy(path) => 12,
        (_, "delete") when IsOfStudy(path) => 13,
        ("/api/v1/networks" or "/api/v1/api-keys", "post") => 0,
        ("/api/v1/datasets", "post") => 1,
        ("/api/v1/training-jobs" or "/api/v1/webhooks", "post") => 2,
        (_, "put") => 3,
        (_, "get") => 4,
        (_, "post") when path.EndsWith("/verify", StringComparison.Ordinal) => 6, // its job becomes the latest one, and leaves no model
        (_, "post") when s_moves.Any(move => path.EndsWith(move, StringComparison.Ordinal)) => 6,
        (_, "post") => 5,
        (_, "delete") when path.Contains("training-jobs", StringComparison.Ordinal) => 14,
        (_, "delete") when path.Contains("aliases", StringComparison.Ordinal) => 14,
        (_, "delete") when path.Contains("versions", StringComparison.Ordinal) => 15,
        _ => 16,
    };

    private static bool IsOfStudy(string path) => path.StartsWith("/api/v1/studies", StringComparison.Ordinal);
}
