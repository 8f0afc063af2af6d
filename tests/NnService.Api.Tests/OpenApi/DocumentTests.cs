using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.OpenApi;

/// <summary>What generators of clients and other programs need of the OpenAPI document. <c>tests/Clients/run</c> has some of them read it.</summary>
public sealed partial class DocumentTests(TestService service) : IClassFixture<TestService>
{
    private const string HowToWrite = "If that is meant: dotnet run --project tests/NnService.Api.Tests -- openapi";

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task It_is_the_one_that_is_kept()
    {
        var kept = await File.ReadAllTextAsync(SnapshotFiles.Document);

        var now = SnapshotFiles.Write((await ApiDocument.Of(_wire)).Root);

        if (now != kept)
            Assert.Fail($"The document has changed, first where {FirstDifference(kept, now)}. {HowToWrite}");
    }

    [Fact]
    public async Task The_reference_of_jobs_says_what_the_document_and_the_catalogue_say()
    {
        var kept = await File.ReadAllTextAsync(JobReference.File);

        Assert.True(kept == JobReference.Of((await ApiDocument.Of(_wire)).Root), $"docs/reference/jobs.md is not that of now. {HowToWrite}");
        Assert.Contains("| `adam` | ", kept, StringComparison.Ordinal);
        Assert.Contains("| `batchSize` | Rows of a minibatch. | from 1, to 1000000 |", kept, StringComparison.Ordinal);
        Assert.Contains("left out: shuffled. | `shuffled`, `sequential`, `withReplacement` |", kept, StringComparison.Ordinal);
        Assert.Matches(@"\| `missing` \| What happens to missing cells of features\. [^|]* \| `impute`, `error`; left out: `impute` \|", kept);
    }

    [SqliteFact]
    public async Task Every_example_works_when_pressed_and_is_answered_as_the_document_shows()
    {
        using var fresh = new TestService();
        var wire = fresh.Wire;

        var recorded = SnapshotFiles.Write(await new AnswerRecorder(wire, await ApiDocument.Of(wire)).Record());

        var kept = await File.ReadAllTextAsync(SnapshotFiles.Answers);
        if (recorded != kept)
            Assert.Fail($"Answers have changed, first where {FirstDifference(kept, recorded)}. {HowToWrite}, twice");
    }

    [Fact]
    public async Task Every_endpoint_has_an_operation_and_every_operation_an_endpoint()
    {
        var endpoints = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>() is not null)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
                .Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}"));

        Assert.Equal(endpoints.Order(), (await ApiDocument.Of(_wire)).Operations.Select(operation => operation.ToString()).Order());
    }

    [Fact]
    public async Task Every_operation_says_what_it_is_called_what_it_does_and_what_it_answers()
    {
        var operations = (await ApiDocument.Of(_wire)).Operations;

        Assert.True(operations.Count >= 60, $"{operations.Count} operations");
        Assert.Empty(operations.GroupBy(operation => operation.Id).Where(those => those.Count() > 1).Select(those => those.Key));
        foreach (var operation in operations)
        {
            foreach (var text in (string[])["summary", "description", "operationId"])
                Assert.False(string.IsNullOrEmpty((string?)operation.Node[text]), $"{operation} has no {text}");
            Assert.Contains(operation.Responses, response => response.Key[0] is '2');
            Assert.Contains("default", operation.Responses.Select(response => response.Key));
            Assert.All(operation.Responses, response => Assert.NotNull(response.Value!["headers"]?["X-Request-Id"]));
        }
    }

    [Fact]
    public async Task Parameters_are_what_they_are_and_no_two_of_an_operation_have_one_name()
    {
        var document = await ApiDocument.Of(_wire);

        foreach (var operation in document.Operations)
        {
            var names = operation.Parameters.Select(parameter => (string)parameter["name"]!)
                .Concat((operation.Bodies["multipart/form-data"]?["schema"] is { } form ? document.Resolve(form)["properties"]?.AsObject() ?? [] : [])
                    .Select(part => part.Key));
            Assert.True(names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).All(those => those.Count() == 1), $"{operation}: {string.Join(", ", names)}");
        }

        Assert.Equal("integer int32 1 500", Form(document, "listNetworks", "limit"));
        Assert.Equal("integer int32 0", Form(document, "getDatasetRows", "offset"));
        Assert.Equal("number double 0 1", Form(document, "predictWithModel", "threshold"));
        Assert.Equal("boolean", Form(document, "startTraining", "validateOnly"));
        Assert.Equal("string date-time", Form(document, "deleteModels", "createdBefore"));
        Assert.Equal("queued running paused succeeded failed cancelled", Form(document, "listTrainingJobs", "state"));
        Assert.Equal("onnx safetensors json c", Form(document, "exportModel", "format"));
        foreach (var (operation, header) in new[]
        {
            ("startTraining", "Prefer"), ("startTraining", "Idempotency-Key"), ("startStudy", "Idempotency-Key"), ("deleteDataset", "If-Match"), ("verifyModelVersion", "Prefer"), ("watchTraining", "Last-Event-ID"),
            ("inferWithModel", "Inference-Header-Content-Length"), ("getDataset", "If-None-Match"), ("exportModelVersion", "If-None-Match"),
        })
            Assert.Equal("header", (string?)Parameter(document, operation, header)["in"]);
    }

    [Fact]
    public async Task Tables_are_taken_under_all_their_names()
    {
        var document = await ApiDocument.Of(_wire);

        foreach (var operation in (string[])["predictWithModel", "predictWithModelVersion", "evaluateModel", "evaluateModelVersion"])
        {
            var bodies = document.Operations.Single(one => one.Id == operation).Bodies;
            Assert.Equal(["application/json", "multipart/form-data", "text/csv", "application/csv", "text/tab-separated-values"], bodies.Select(body => body.Key));
            Assert.All(bodies.Skip(2), body => Assert.Equal("binary", (string?)body.Value!["schema"]!["format"]));
            var form = bodies["multipart/form-data"]!["schema"]!;
            Assert.Equal("binary", (string?)form["additionalProperties"]!["format"]);
            Assert.Null(form["properties"]); // with them NSwag would take the form for the only body
        }
    }

    [Fact]
    public async Task Answers_come_in_all_their_forms()
    {
        var document = await ApiDocument.Of(_wire);

        Assert.Equal("application/json text/csv", Forms(document, "predictWithModel", "200"));
        Assert.Equal("application/json text/csv", Forms(document, "getTrainingHistory", "200"));
        Assert.Equal("application/json text/plain text/x-latex", Forms(document, "traceModel", "200"));
        Assert.Equal("application/json application/octet-stream", Forms(document, "inferWithModel", "200"));
        Assert.Equal("application/octet-stream application/json application/zip", Forms(document, "exportModel", "200"));
        Assert.Equal("image/svg+xml", Forms(document, "getLossCurve", "200"));
        Assert.StartsWith("<svg ", (string?)document.Operations.Single(operation => operation.Id == "getLossCurve")
            .Node["responses"]!["200"]!["content"]!["image/svg+xml"]!["example"], StringComparison.Ordinal);
        Assert.Equal("", Forms(document, "getNetwork", "304"));
        Assert.Equal("application/problem+json", Forms(document, "getNetwork", "default"));
        Assert.Equal("application/json", Forms(document, "getInferenceModel", "404"));
        Assert.Equal(
            ["#/components/schemas/TrainingJobResponse", "#/components/schemas/TrainingValidationResponse"],
            document.Schemas["TrainingAnswer"]!["anyOf"]!.AsArray().Select(one => (string)one!["$ref"]!));
        Assert.Equal(["id", "state", "attempt"], Required("TrainingJobResponse").Intersect(["id", "state", "attempt", "configuration"]));
        Assert.Empty(Required("TrainingJobItem"));
        Assert.Equal(["dataset", "target"], Required("TrainingConfiguration"));

        IEnumerable<string> Required(string schema) => (document.Schemas[schema]!["required"]?.AsArray() ?? []).Select(name => (string)name!);
    }

    [Fact]
    public async Task Headers_of_refusals_and_of_pieces_are_told()
    {
        var document = await ApiDocument.Of(_wire);
        Assert.All(document.Operations.Where(operation => operation.Responses["401"] is not null), operation => Assert.Contains("WWW-Authenticate", Headers(operation, "401")));
        await _wire.PostCsv("datasets?name=pieces", "a\n1\n");
        var download = document.Operations.Single(operation => operation.Id == "downloadDataset");
        string[] told = ["Content-Disposition", "Content-Range", "ETag"];

        foreach (var (status, headers) in new (int, (string, string)[])[]
        {
            (200, []), (206, [("Range", "bytes=0-1")]), (304, [("If-None-Match", "*")]), (412, [("If-Match", "\"another\"")]), (416, [("Range", "bytes=99-")]),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/datasets/pieces/content");
            foreach (var (name, value) in headers)
                request.Headers.TryAddWithoutValidation(name, value);
            using var answer = await _wire.Http.SendAsync(request);

            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal(
                told.Where(name => answer.Headers.NonValidated.Contains(name) || answer.Content.Headers.NonValidated.Contains(name)),
                told.Intersect(Headers(download, $"{status}")));
        }

        static IEnumerable<string> Headers(ApiOperation operation, string status) => operation.Responses[status]!["headers"]!.AsObject().Select(header => header.Key);
    }

    [Fact]
    public async Task Schemas_are_sound()
    {
        var document = await ApiDocument.Of(_wire);

        foreach (var (pointer, schema) in ApiDocument.All(document.Root).Where(node => !node.Pointer.Contains("/example", StringComparison.Ordinal)))
        {
            Assert.True(schema["nullable"] is not JsonValue || schema["type"] is not null, $"{pointer} is nullable without a type");
            Assert.True(schema["allOf"] is not JsonArray || (schema["oneOf"] ?? schema["anyOf"]) is not JsonArray, $"{pointer} has allOf beside oneOf");
            Assert.True(schema["$ref"] is not JsonValue reference || Find(document.Root, (string)reference!) is not null, $"{pointer} refers to nothing");
            Assert.True(
                schema["required"] is not JsonArray required || required.All(name => schema["properties"]![(string)name!] is not null),
                $"{pointer} requires what it does not have");
            if (schema["enum"] is JsonArray values)
                Assert.Equal(schema["nullable"] is not null, values.Contains(null));
            if (schema["discriminator"]?["mapping"] is JsonObject mapping)
                CheckDiscriminator(document, pointer, schema, mapping);
        }

        Assert.DoesNotMatch(Exponent(), Without(document.Root, "example").ToJsonString());
        foreach (var leak in new[] { "NnService.", "System.", "JsonNode" })
            Assert.DoesNotContain(leak, document.Root.ToJsonString().Replace("application/", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operations_stand_in_the_order_of_the_story()
    {
        var document = await ApiDocument.Of(_wire);

        var tags = document.Root["tags"]!.AsArray().Select(tag => (string)tag!["name"]!).ToList();
        Assert.Equal(["Networks", "Datasets", "Training jobs", "Studies", "Models", "Open Inference Protocol", "Catalogue", "Webhooks", "Access", "Operations"], tags);
        var places = document.Operations.Select(operation => tags.IndexOf((string)operation.Node["tags"]![0]!)).ToList();
        Assert.Equal(places.Order(), places);
        var ids = document.Operations.Select(operation => operation.Id).ToList();
        string[] story = ["createNetwork", "uploadDataset", "startTraining", "getTrainingJob", "getTrainingHistory", "getLossCurve", "getModel", "predictWithModel",
            "evaluateModel", "explainModel", "exportModel", "verifyModel", "inferWithModel"];
        Assert.Equal(story, story.OrderBy(ids.IndexOf));
    }

    [Fact]
    public async Task The_members_of_a_family_are_told_by_their_type_and_have_their_parameters()
    {
        var document = await ApiDocument.Of(_wire);

        var optimizer = document.Schemas["TrainingConfiguration"]!["properties"]!["optimizer"]!;
        Assert.Equal("type", (string?)optimizer["discriminator"]!["propertyName"]);
        Assert.Contains("- `adam`: Adam: steps scaled", (string?)optimizer["description"], StringComparison.Ordinal);
        var adam = document.Schemas["AdamOptimizer"]!;
        Assert.Equal("""["adam"]""", adam["properties"]!["type"]!["enum"]!.ToJsonString());
        Assert.Equal("number", (string?)adam["properties"]!["beta1"]!["type"]);
        Assert.Equal("""["type"]""", adam["required"]!.ToJsonString());
    }

    [Fact]
    public async Task The_help_of_a_job_names_every_field()
    {
        var document = await ApiDocument.Of(_wire);

        var help = (string)document.Operations.Single(operation => operation.Id == "startTraining").Node["description"]!;

        Assert.Contains("<details><summary>", help, StringComparison.Ordinal);
        Assert.All(document.Schemas["TrainingConfiguration"]!["properties"]!.AsObject(), field => Assert.Contains($"`{field.Key}`", help, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_off_its_schema_is_seen()
    {
        var rules = new SchemaRules(await ApiDocument.Of(_wire));

        Assert.Null(rules.WhyNot("JobModel", """{"name":"a","version":1}"""));
        Assert.Null(rules.WhyNot("JobModel", "null"));
        Assert.NotNull(rules.WhyNot("JobModel", """{"name":"a"}"""));
        Assert.NotNull(rules.WhyNot("JobModel", """{"name":"a","version":1.5}"""));
        Assert.NotNull(rules.WhyNot("JobModel", """{"name":"a","version":1,"more":true}"""));
        Assert.NotNull(rules.WhyNot("JobState", "\"odd\""));
        Assert.NotNull(rules.WhyNot("JobTransitionResponse", """{"state":"queued","at":"yesterday","reason":""}"""));
        Assert.NotNull(rules.WhyNot("PairedFigure", """{"difference":"NaN","interval":null}"""));
    }

    // A discriminator tells only between alternatives that have the member, each with the values that lead to it.
    private static void CheckDiscriminator(ApiDocument document, string pointer, JsonObject schema, JsonObject mapping)
    {
        var property = (string)schema["discriminator"]!["propertyName"]!;
        var forms = schema["oneOf"]!.AsArray().Where(form => form!["$ref"] is not null).Select(form => (string)form!["$ref"]!).ToList();
        Assert.Equal(forms, mapping.Select(entry => (string)entry.Value!));
        foreach (var (value, form) in mapping)
        {
            var told = document.Resolve(new JsonObject { ["$ref"] = form!.DeepClone() });
            Assert.True(told["required"]!.AsArray().Any(name => (string?)name == property), $"{pointer}: {form} does not require {property}");
            Assert.Equal(value, (string?)told["properties"]![property]!["enum"]!.AsArray().Single());
        }
    }

    private static JsonObject Parameter(ApiDocument document, string operation, string name) =>
        document.Operations.Single(one => one.Id == operation).Parameters.Single(parameter => (string?)parameter["name"] == name);

    private static string Form(ApiDocument document, string operation, string parameter)
    {
        var schema = document.Resolve(Parameter(document, operation, parameter)["schema"]!);
        return schema["enum"] is { } values
            ? string.Join(' ', values.AsArray())
            : string.Join(' ', new[] { "type", "format", "minimum", "maximum" }.Select(keyword => schema[keyword]).OfType<JsonNode>());
    }

    private static string Forms(ApiDocument document, string operation, string status) =>
        string.Join(' ', (document.Operations.Single(one => one.Id == operation).Responses[status]!["content"]?.AsObject() ?? []).Select(media => media.Key));

    private static JsonNode? Find(JsonNode root, string pointer) =>
        pointer[2..].Split('/').Aggregate((JsonNode?)root, (node, name) => node?[name]);

    private static JsonNode Without(JsonNode node, string member)
    {
        var copy = node.DeepClone();
        foreach (var (_, whole) in ApiDocument.All(copy).ToList())
            whole.Remove(member);
        return copy;
    }

    private static string FirstDifference(string before, string now)
    {
        var (lines, others) = (before.Split('\n'), now.Split('\n'));
        var at = Enumerable.Range(0, Math.Max(lines.Length, others.Length))
            .First(line => line >= lines.Length || line >= others.Length || lines[line] != others[line]);
        return $"line {at + 1} was \"{lines.ElementAtOrDefault(at)?.Trim()}\" and is \"{others.ElementAtOrDefault(at)?.Trim()}\"";
    }

    [GeneratedRegex(@"[:\[,]-?\d+(\.\d+)?[eE][+-]?\d+")]
    private static partial Regex Exponent();
}
