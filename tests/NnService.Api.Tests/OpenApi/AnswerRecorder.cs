using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NnService.Api.Tests.OpenApi;

/// <summary>
/// Records what the service answers to the examples, for <c>Swagger/answers.json</c>: by operation, status and content type; long lists cut, and what differs
/// from run to run (times, ids, speeds) made the same.
/// </summary>
internal sealed partial class AnswerRecorder(Wire wire, ApiDocument document)
{
    private const int MostItems = 3;
    private const int MostLines = 12;
    private const string Data = "data: ";

    private static readonly Dictionary<string, JsonNode> s_fixed = new()
    {
        ["createdAt"] = "2026-01-31T12:00:00Z",
        ["startedAt"] = "2026-01-31T12:00:00.01Z",
        ["endedAt"] = "2026-01-31T12:00:01Z",
        ["lastSeenAt"] = "2026-01-31T12:00:01Z",
        ["at"] = "2026-01-31T12:00:00Z",
        ["elapsedSeconds"] = 0.5,
        ["etaSeconds"] = 1.5,
        ["seconds"] = 0.5,
        ["samplesPerSecond"] = 100000,
        ["memoryBytes"] = 1000000,
        ["traceId"] = "request-1",
        ["requestId"] = "request-1",
        ["key"] = "nn_0f8a5ed0c1b2_the-secret-of-the-key",
        ["secret"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ["hash"] = new string('0', 64),
        ["lastHash"] = new string('0', 64),
    };

    // Of a job under way: how far it has come by chance.
    private static readonly Dictionary<string, JsonNode?> s_underWay = new()
    {
        ["epoch"] = 100,
        ["step"] = 400,
        ["progress"] = 0.00001,
        ["trainLoss"] = 0.25,
        ["bestEpoch"] = 100,
        ["etaSeconds"] = 1.5,
        ["samplesPerSecond"] = 100000,
    };

    // The same of a study, whose name is one of many.
    private static readonly Dictionary<string, JsonNode?> s_studyUnderWay = new(s_underWay) { ["epochs"] = 100, ["name"] = "heights-search" };

    private static Dictionary<string, JsonNode?> UnderWay(ApiOperation operation) =>
        operation.Path.StartsWith("/api/v1/studies", StringComparison.Ordinal) ? s_studyUnderWay : s_underWay;

    // Of a message to another service: whether that took it.
    private static readonly Dictionary<string, JsonNode?> s_delivery = new()
    {
        ["messageId"] = "msg_01990000000070008000000000000001",
        ["attempts"] = 1,
        ["deliveredAt"] = "2026-01-31T12:00:01Z",
        ["nextAt"] = null,
        ["lastStatus"] = 204,
        ["lastError"] = null,
    };

    private readonly JsonObject _recorded = [];
    private readonly Dictionary<string, string> _ids = [];

    public async Task<JsonObject> Record()
    {
        var story = new Story(wire, document);
        foreach (var operation in story.Operations)
        {
            var key = ("Idempotency-Key", operation.Id);
            Keep(operation, await story.Press(operation, key));
            if (operation.Id is "createNetwork" or "uploadDataset")
                Keep(operation, await story.Press(operation)); // the same again is 200
            if (operation.Id == "startTraining")
                Keep(operation, await story.Press(operation, key, ("Prefer", "wait=60")));
            foreach (var form in Texts(operation.Responses["200"]).Skip(1))
                Keep(operation, await story.Press(operation, ("Accept", form)));
        }

        foreach (var operation in story.Operations.Take(3)) // network, dataset and job
            await story.Press(operation, ("Idempotency-Key", "refused"));
        await KeepRefusals();
        return _recorded;
    }

    private static IEnumerable<string> Texts(JsonNode? response) => (response?["content"]?.AsObject() ?? [])
        .Where(media => (string?)media.Value!["schema"]?["format"] != "binary").Select(media => media.Key);

    private void Keep(ApiOperation operation, Answer answer)
    {
        Assert.True((int)answer.Status is >= 200 and < 300, $"{operation}: {(int)answer.Status} {answer.Text}");
        if (operation.Id is "getCatalogue" or "watchStudy")
            return; // what the one says of parameters linters take for schemas; the order of the other's events is that in which jobs end
        if (answer.ContentType is { } type && Texts(operation.Responses[$"{(int)answer.Status}"]).Contains(type))
            Keep(operation.Id, answer, Story.Moves(operation) ? UnderWay(operation) : operation.Id == "listWebhookDeliveries" ? s_delivery : null);
    }

    private void Keep(string name, Answer answer, Dictionary<string, JsonNode?>? usual = null)
    {
        var forms = Member(Member(_recorded, name), $"{(int)answer.Status}");
        forms.TryAdd(answer.ContentType!, answer.ContentType switch
        {
            "application/json" or "application/problem+json" => Settled(name == "getStorage" ? WithoutRoom(answer.Json) : answer.Json, null, usual),
            "text/event-stream" => string.Join('\n', answer.Text.Split('\n').Select(SettledEvent)),
            "text/csv" => Cut(string.Join('\n', answer.Text.Split("\r\n")
                .Select(line => name == "getTrainingHistory" ? SettledLine(line) : Ids().Replace(line, SameId)))),
            _ => Cut(answer.Text),
        });
    }

    private async Task KeepRefusals()
    {
        foreach (var refusal in new[]
        {
            await wire.Post("training-jobs", """{"dataset":"heights","target":"gender","epochs":0}"""),
            await wire.Get("networks/heights-3-2-1"),
            await wire.Get("models/heights/formula", ("Accept", "image/png")),
            await wire.Post("networks", """{"name":"heights-2-2-1","layers":[{"type":"dense","units":1}]}"""),
            await wire.Send(HttpMethod.Post, "networks", new StringContent("inputs=2", Encoding.UTF8, "application/x-www-form-urlencoded")),
            await wire.Post("training-jobs", """{"dataset":"heights","target":"weight"}""", ("Idempotency-Key", "refused")),
        })
            Keep("refusals.Problem", refusal);
        foreach (var refusal in new[]
        {
            await wire.Post("/v2/models/heights/infer", """{"inputs":[]}"""),
            await wire.Get("/v2/models/widths"),
            await wire.Send(
                HttpMethod.Post, "/v2/models/heights/infer", new StringContent("{}") { Headers = { ContentEncoding = { "br" } } }),
        })
            Keep("refusals.ErrorResponse", refusal);
    }

    // What the data folder takes depends on the machine and the moment.
    private static JsonNode WithoutRoom(JsonNode storage)
    {
        foreach (var list in storage.AsObject().Select(member => member.Value).OfType<JsonArray>())
            foreach (var item in list)
                item!["bytes"] = 1_000_000;
        (storage["bytes"], storage["freeBytes"]) = (20_000_000, 50_000_000_000);
        return storage;
    }

    private JsonNode? Settled(JsonNode? node, string? name, Dictionary<string, JsonNode?>? usual) => node switch
    {
        JsonObject whole => new JsonObject(whole.Select(member => KeyValuePair.Create(member.Key, Settled(member.Value, member.Key, usual)))),
        JsonArray list => new JsonArray([.. list.Take(MostItems).Select(item => Settled(item, null, usual))]),
        _ when name is not null && usual?.TryGetValue(name, out var settled) == true => settled?.DeepClone(),
        JsonValue when name is not null && s_fixed.TryGetValue(name, out var always) => always.DeepClone(),
        JsonValue value when value.GetValueKind() == System.Text.Json.JsonValueKind.String => Ids().Replace((string)value!, SameId),
        _ => node?.DeepClone(),
    };

    private string SettledEvent(string line) => line.StartsWith(Data, StringComparison.Ordinal)
        ? Data + Settled(JsonNode.Parse(line[Data.Length..]), null, null)!.ToJsonString()
        : line;

    // The last column of a history is the time it took.
    private static string SettledLine(string line) => line.Split(',') is { Length: 8 } cells && char.IsAsciiDigit(line[0]) ? string.Join(',', [.. cells[..7], "0.5"]) : line;

    private string SameId(Match id)
    {
        _ids.TryAdd(id.Value, $"01990000-0000-7000-8000-{_ids.Count + 1:d12}");
        return _ids[id.Value];
    }

    private static string Cut(string text)
    {
        var lines = text.Split('\n');
        return lines.Length <= MostLines ? text : string.Join('\n', lines.Take(MostLines)) + "\n…\n";
    }

    private static JsonObject Member(JsonObject whole, string name)
    {
        whole.TryAdd(name, new JsonObject());
        return whole[name]!.AsObject();
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Ids();
}
