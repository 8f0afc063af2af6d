using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using NnService.Api.Http.Describing;

namespace NnService.Api.Swagger.Operations;

/// <summary>Schemas and examples of values in paths, queries and headers.</summary>
internal static class ValueForms
{
    public static OpenApiSchema SchemaOf(ValueForm form) => new()
    {
        Type = TypeOf(form),
        Format = form.Format,
        Minimum = form.Minimum?.ToString(CultureInfo.InvariantCulture),
        Maximum = form.Maximum?.ToString(CultureInfo.InvariantCulture),
        Pattern = form.Pattern,
        Enum = form.Values is { } values ? [.. values.Select(value => (JsonNode)value)] : null,
    };

    /// <summary>A value as the query has it, as what it is; null: there is none.</summary>
    public static JsonNode? ExampleOf(ValueForm form, string? text) =>
        text is null ? null : form.Type == "string" ? JsonValue.Create(text) : JsonNode.Parse(text);

    private static JsonSchemaType TypeOf(ValueForm form) => form.Type switch
    {
        "integer" => JsonSchemaType.Integer,
        "number" => JsonSchemaType.Number,
        "boolean" => JsonSchemaType.Boolean,
        _ => JsonSchemaType.String,
    };
}
