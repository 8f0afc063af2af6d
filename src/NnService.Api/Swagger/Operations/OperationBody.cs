using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;
using NnService.Api.Http;
using NnService.Api.Swagger.Schemas;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Operations;

/// <summary>The body that an operation takes, in each of its forms.</summary>
internal static class OperationBody
{
    private const string Anything = "*/*"; // clients name all sorts of types; those that are worth naming stand beside it

    public static OpenApiRequestBody? Of(IList<object> metadata, OperationFilterContext context)
    {
        if (metadata.OfType<IAcceptsMetadata>().LastOrDefault() is not { } accepts)
            return null;
        var content = new Dictionary<string, IOpenApiMediaType>();
        foreach (var type in accepts.ContentTypes.Concat(metadata.OfType<BodySchema>().Select(body => body.ContentType)).Except([Anything]))
        {
            var media = new OpenApiMediaType { Schema = SchemaOf(type, accepts, metadata, context) };
            AddExamples(media, [.. metadata.OfType<BodyExample>().Where(example => example.ContentType == type)]);
            content[type] = media;
        }

        return new OpenApiRequestBody { Required = !accepts.IsOptional, Content = content };
    }

    private static IOpenApiSchema SchemaOf(string contentType, IAcceptsMetadata accepts, IList<object> metadata, OperationFilterContext context)
    {
        if (metadata.OfType<FileBody>().Any(body => body.ContentType == contentType))
            return Schema.FormOfFile();
        var type = metadata.OfType<BodySchema>().LastOrDefault(body => body.ContentType == contentType)?.Type ?? accepts.RequestType;
        return type == typeof(byte[]) ? Schema.Bytes()
            : type is null || type == typeof(string) ? Schema.Text()
            : context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository);
    }

    private static void AddExamples(OpenApiMediaType media, IReadOnlyList<BodyExample> examples)
    {
        if (examples is [{ Name: null } only])
            media.Example = ValueOf(only);
        else if (examples.Count > 0)
            media.Examples = examples.ToDictionary(example => example.Name!, IOpenApiExample (example) => new OpenApiExample { Value = ValueOf(example) });
    }

    private static JsonNode ValueOf(BodyExample example) =>
        example.ContentType == "application/json" ? JsonNode.Parse(example.Content)! : JsonValue.Create(example.Content);
}
