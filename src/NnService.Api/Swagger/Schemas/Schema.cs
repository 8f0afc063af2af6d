using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace NnService.Api.Swagger.Schemas;

/// <summary>Schemas that are needed in several places.</summary>
internal static class Schema
{
    /// <summary>A text, or one of some.</summary>
    public static OpenApiSchema Text(params IEnumerable<string> values)
    {
        JsonNode[] known = [.. values.Select(value => (JsonNode)value)];
        return new OpenApiSchema { Type = JsonSchemaType.String, Enum = known is [] ? null : [.. known] };
    }

    /// <summary>Bytes as they come.</summary>
    public static OpenApiSchema Bytes() => new() { Type = JsonSchemaType.String, Format = "binary" };

    /// <summary>A form with one file. It has no properties: NSwag takes a form that has some for the only body there is.</summary>
    public static OpenApiSchema FormOfFile() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "The table as the part `file`, and nothing else.",
        AdditionalProperties = Bytes(),
    };

    /// <summary>Whether a schema says nothing: everything goes.</summary>
    public static bool IsAnything(IOpenApiSchema schema) =>
        schema is OpenApiSchema { Type: null, AllOf: null or [], OneOf: null or [], AnyOf: null or [], Enum: null or [] };

    /// <summary>Whether null is among what it allows.</summary>
    public static bool AllowsNull(IOpenApiSchema schema) => schema is OpenApiSchema { Type: { } type } && type.HasFlag(JsonSchemaType.Null);

    /// <summary>Allows null, or no longer.</summary>
    public static void AllowNull(OpenApiSchema schema, bool isAllowed)
    {
        if (isAllowed == AllowsNull(schema))
            return;
        var type = schema.Type ?? default;
        type = isAllowed ? type | JsonSchemaType.Null : type & ~JsonSchemaType.Null;
        schema.Type = type == default ? null : type;
        if (schema.Enum is { Count: > 0 } values && isAllowed)
            values.Add(JsonNullSentinel.JsonNull);
    }
}
