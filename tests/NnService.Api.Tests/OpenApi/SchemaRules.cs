using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace NnService.Api.Tests.OpenApi;

/// <summary>Judges JSON by the document's schemas: those of OpenAPI 3.0, written as JSON Schema 2020-12 and read by JsonSchema.Net.</summary>
internal sealed class SchemaRules
{
    private const string Id = "https://nnservice.test/openapi";

    // What says nothing about a value.
    private static readonly HashSet<string> s_dropped = ["nullable", "discriminator", "description", "example", "minimum", "maximum"];

    private readonly Dictionary<string, JsonSchema> _answers = [];
    private readonly EvaluationOptions _options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    public SchemaRules(ApiDocument document)
    {
        var definitions = new JsonObject();
        foreach (var (name, schema) in document.Schemas)
            definitions[name] = Translate(schema!);
        foreach (var operation in document.Operations)
            foreach (var (status, response) in operation.Responses)
                foreach (var (type, media) in response!["content"]?.AsObject() ?? [])
                    if (media!["schema"] is { } schema)
                        definitions[NameOf(operation, status, type)] = Translate(schema);
        var build = new BuildOptions { SchemaRegistry = new SchemaRegistry() };
        JsonSchema.FromText(new JsonObject { ["$id"] = Id, ["$defs"] = definitions }.ToJsonString(), build);
        foreach (var name in definitions.Select(definition => definition.Key))
            _answers[name] = JsonSchema.FromText($$"""{"$ref":"{{Id}}#/$defs/{{Uri.EscapeDataString(name)}}"}""", build);
    }

    /// <summary>What is wrong with an answer; null: nothing.</summary>
    public string? WhyNot(ApiOperation operation, string status, string contentType, string json) => WhyNot(NameOf(operation, status, contentType), json);

    /// <summary>What is wrong with JSON that is to fit one of the document's schemas by name; null: nothing.</summary>
    public string? WhyNot(string schema, string json)
    {
        using var instance = JsonDocument.Parse(json);
        var result = _answers[schema].Evaluate(instance.RootElement, _options);
        return result.IsValid ? null : string.Join("; ", (result.Details ?? []).Where(detail => detail.Errors is { Count: > 0 })
            .Select(detail => $"{detail.InstanceLocation}: {string.Join(", ", detail.Errors!.Values)}").Distinct().Take(5));
    }

    private static string NameOf(ApiOperation operation, string status, string contentType) =>
        $"{operation.Id}-{status}-{contentType.Replace('/', '-')}";

    private static JsonObject Translate(JsonNode schema)
    {
        var source = schema.AsObject();
        var target = new JsonObject();
        foreach (var (keyword, value) in source)
            if (keyword == "$ref")
                target["$ref"] = $"{Id}#/$defs/{value!.ToString().Split('/')[^1]}";
            else if (keyword == "type")
                target["type"] = IsTrue(source["nullable"]) ? new JsonArray(value!.DeepClone(), "null") : value!.DeepClone();
            else if (keyword is "properties")
                target["properties"] = new JsonObject(value!.AsObject().Select(member => KeyValuePair.Create(member.Key, (JsonNode?)Translate(member.Value!))));
            else if (keyword is "oneOf" or "anyOf" or "allOf")
                target[keyword] = new JsonArray([.. value!.AsArray().Select(part => Translate(part!))]);
            else if (keyword is "items" or "not" || (keyword is "additionalProperties" && value is JsonObject))
                target[keyword] = Translate(value!);
            else if (!s_dropped.Contains(keyword) && !keyword.StartsWith("exclusiveM", StringComparison.Ordinal))
                target[keyword] = value!.DeepClone();
        Limit("minimum", "exclusiveMinimum");
        Limit("maximum", "exclusiveMaximum");
        return target;

        void Limit(string including, string excluding)
        {
            if (source[including] is { } limit)
                target[IsTrue(source[excluding]) ? excluding : including] = limit.DeepClone();
        }
    }

    private static bool IsTrue(JsonNode? flag) => flag is not null && (bool)flag;
}
