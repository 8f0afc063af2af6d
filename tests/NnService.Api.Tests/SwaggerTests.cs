using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

public sealed class SwaggerTests : IClassFixture<TestService>
{
    private readonly Wire _wire;

    public SwaggerTests(TestService service) => _wire = service.Wire;

    [Fact]
    public async Task Every_operation_has_a_summary_and_its_example_works_when_pressed()
    {
        var document = (await _wire.Get("/swagger/v1/swagger.json")).Json;
        var operations = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => (Path: path.Key, Verb: operation.Key, Operation: operation.Value!)))
            .OrderBy(operation => Turn(operation.Path, operation.Verb)).ThenBy(operation => operation.Path.Length)
            .ToList();
        Assert.True(operations.Count >= 25, $"{operations.Count} operations");

        foreach (var (path, verb, operation) in operations)
        {
            Assert.False(string.IsNullOrEmpty((string?)operation["summary"]), $"{verb} {path} has no summary");
            var needsRunningJob = Verbs.Any(moved => path.EndsWith(moved, StringComparison.Ordinal));
            if (needsRunningJob)
                await _wire.Post("training-jobs", EndlessJob.Of(Body(document, "/api/v1/training-jobs")!.ToJsonString()));
            var answer = await Press(path, verb, operation);
            Assert.True((int)answer.Status is >= 200 and < 300, $"{verb} {path}: {(int)answer.Status} {answer.Text}");
            if (verb == "post" && path == "/api/v1/training-jobs")
                await _wire.Until((string)answer.Json["id"]!, "succeeded");
            if (needsRunningJob)
                await _wire.Post("training-jobs/latest/cancel", "");
        }
    }

    [Fact]
    public async Task Schemas_show_the_forms_of_the_wire_and_no_names_of_classes()
    {
        var document = (await _wire.Get("/swagger/v1/swagger.json")).Json;
        var schemas = document["components"]!["schemas"]!.AsObject();

        Assert.All(["TargetChoice", "NetworkChoice", "ClassWeightsChoice", "OptimizerSpec"], name => Assert.Equal(2, schemas[name]!["oneOf"]!.AsArray().Count));
        Assert.Contains("- `adam`: Adam: steps scaled", (string?)schemas["OptimizerSpec"]!["description"], StringComparison.Ordinal);
        var upload = document["paths"]!["/api/v1/datasets"]!["post"]!["requestBody"]!["content"]!;
        Assert.Contains("DatasetForm", upload["multipart/form-data"]!["schema"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("binary", (string?)schemas["DatasetForm"]!["properties"]!["file"]!["format"]);
        Assert.Equal(["Networks", "Datasets", "Training jobs", "Models", "Open Inference Protocol", "Catalogue", "Webhooks", "Operations"],
            document["tags"]!.AsArray().Select(tag => (string)tag!["name"]!));
        var picture = document["paths"]!["/api/v1/training-jobs/{id}/loss.svg"]!["get"]!["responses"]!["200"]!["content"]!;
        Assert.Equal(["image/svg+xml"], picture.AsObject().Select(media => media.Key));
        foreach (var leak in new[] { "NnService.", "System.", "JsonNode" })
            Assert.DoesNotContain(leak, document.ToJsonString().Replace("application/", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_itself_is_there_and_the_root_leads_to_it()
    {
        var page = await _wire.Get("/swagger/index.html");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("swagger-ui", page.Text, StringComparison.Ordinal);
        Assert.Contains("NnService", page.Text, StringComparison.Ordinal);
        Assert.Contains("swagger-ui", (await _wire.Get("/")).Text, StringComparison.Ordinal);
    }

    private static readonly string[] Verbs = ["/cancel", "/stop", "/pause", "/resume"];

    // Things are made before they are looked at, and deleted last, jobs first.
    private static int Turn(string path, string verb) => (path, verb) switch
    {
        ("/api/v1/networks", "post") => 0,
        ("/api/v1/datasets", "post") => 1,
        ("/api/v1/training-jobs", "post") or ("/api/v1/webhooks", "post") => 2,
        (_, "put") => 3,
        (_, "get") => 4,
        (_, "post") when path.EndsWith("/verify", StringComparison.Ordinal) => 6, // its job becomes the latest one, and leaves no model
        (_, "post") when Verbs.Any(verb => path.EndsWith(verb, StringComparison.Ordinal)) => 6,
        (_, "post") => 5,
        (_, "delete") when path.Contains("training-jobs", StringComparison.Ordinal) => 7,
        (_, "delete") when path.Contains("aliases", StringComparison.Ordinal) => 7,
        (_, "delete") when path.Contains("versions", StringComparison.Ordinal) => 8,
        _ => 9,
    };

    private async Task<Answer> Press(string path, string verb, JsonNode operation)
    {
        var query = new StringBuilder();
        foreach (var parameter in operation["parameters"]?.AsArray() ?? [])
        {
            var example = parameter!["example"] is { } shown ? shown.ToString() : null;
            if ((string?)parameter["in"] == "path")
                path = path.Replace(
                    $"{{{parameter["name"]}}}", example ?? throw new InvalidOperationException($"{verb} {path}: no example for {parameter["name"]}"));
            else if (example is not null)
                query.Append($"{(query.Length == 0 ? '?' : '&')}{parameter["name"]}={Uri.EscapeDataString(example)}");
        }

        var content = operation["requestBody"]?["content"]?.AsObject().FirstOrDefault(media => media.Value!["example"] is not null);
        HttpContent? body = content is { Key: { } type, Value: { } media }
            ? new StringContent(type == "application/json" ? media["example"]!.ToJsonString() : (string)media["example"]!, Encoding.UTF8, type)
            : null;
        return await _wire.Send(new HttpMethod(verb.ToUpperInvariant()), path + query, body);
    }

    private static JsonNode? Body(JsonNode document, string path) =>
        document["paths"]![path]!["post"]!["requestBody"]!["content"]!["application/json"]!["example"];
}
