using System.Text.Json.Nodes;

namespace NnService.Api.Tests.OpenApi;

/// <summary>The OpenAPI document, as a program that reads it has it.</summary>
internal sealed class ApiDocument(JsonNode root)
{
    public JsonNode Root => root;

    public JsonObject Schemas => root["components"]!["schemas"]!.AsObject();

    /// <summary>The operations in the order of the document.</summary>
    public IReadOnlyList<ApiOperation> Operations { get; } =
    [
        .. root["paths"]!.AsObject().SelectMany(
            path => path.Value!.AsObject().Select(operation => new ApiOperation(path.Key, operation.Key, operation.Value!.AsObject()))),
    ];

    public static async Task<ApiDocument> Of(Wire wire) => new((await wire.Get("/swagger/v1/swagger.json")).Json);

    /// <summary>What a reference refers to; the schema itself where it is none.</summary>
    public JsonObject Resolve(JsonNode schema)
    {
        while (schema["$ref"] is { } reference)
            schema = Schemas[reference.ToString().Split('/')[^1]]!;
        return schema.AsObject();
    }

    /// <summary>Every object inside a node, with the pointer to it.</summary>
    public static IEnumerable<(string Pointer, JsonObject Object)> All(JsonNode? node, string at = "#") => node switch
    {
        JsonObject whole => whole.SelectMany(member => All(member.Value, $"{at}/{member.Key}")).Prepend((at, whole)),
        JsonArray list => list.SelectMany((item, i) => All(item, $"{at}/{i}")),
        _ => [],
    };
}

/// <summary>An operation of the document.</summary>
/// <param name="Path">Its path, with the names of parameters in braces.</param>
/// <param name="Verb">Its method in lower case, as the document writes it.</param>
/// <param name="Node">What is said of it.</param>
internal sealed record ApiOperation(string Path, string Verb, JsonObject Node)
{
    public string Id => (string)Node["operationId"]!;

    public HttpMethod Method => new(Verb.ToUpperInvariant());

    public IEnumerable<JsonObject> Parameters => (Node["parameters"]?.AsArray() ?? []).Select(parameter => parameter!.AsObject());

    /// <summary>The forms of its body by content type; empty where it takes none.</summary>
    public JsonObject Bodies => Node["requestBody"]?["content"]?.AsObject() ?? [];

    public JsonObject Responses => Node["responses"]!.AsObject();

    public override string ToString() => $"{Verb.ToUpperInvariant()} {Path}";
}
