using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using NnService.Api.Http;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger;

/// <summary>Puts what each endpoint says about itself into the document: query parameters, and bodies and path values that work when pressed.</summary>
internal sealed class ExamplesFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        foreach (var example in metadata.OfType<PathExample>())
            if (operation.Parameters?.OfType<OpenApiParameter>().FirstOrDefault(parameter => parameter.Name == example.Name) is { } path)
                path.Example = example.Value;
            else if (context.ApiDescription.RelativePath!.Contains($"{{{example.Name}}}", StringComparison.Ordinal)) // the handler reads it by itself
                Add(operation, ParameterLocation.Path, example.Name, null, example.Value);

        foreach (var query in metadata.OfType<QueryParameter>())
            Add(operation, ParameterLocation.Query, query.Name, query.Description, query.Example);

        foreach (var body in metadata.OfType<BodySchema>())
            if (operation.RequestBody is OpenApiRequestBody { Content: { } known })
                known[body.ContentType] = new OpenApiMediaType { Schema = context.SchemaGenerator.GenerateSchema(body.Type, context.SchemaRepository) };

        foreach (var body in metadata.OfType<BodyExample>())
        {
            if (operation.RequestBody is not OpenApiRequestBody { Content: { } content })
                continue;
            if (!content.TryGetValue(body.ContentType, out var media))
                content[body.ContentType] = media = new OpenApiMediaType { Schema = Text() };
            if (media is OpenApiMediaType writable)
                writable.Example = body.ContentType == "application/json" ? JsonNode.Parse(body.Content) : JsonValue.Create(body.Content);
        }
    }

    private static void Add(OpenApiOperation operation, ParameterLocation place, string name, string? description, string? example) =>
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = name,
            In = place,
            Required = place == ParameterLocation.Path,
            Description = description,
            Schema = Text(),
            Example = example,
        });

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
