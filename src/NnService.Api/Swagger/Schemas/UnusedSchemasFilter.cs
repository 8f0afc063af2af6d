using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Schemas;

/// <summary>Leaves out schemas that nothing refers to any more, and puts the others into the order of their names.</summary>
internal sealed class UnusedSchemasFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var used = SchemaTree.Reach(swaggerDoc, SchemaTree.Asked(swaggerDoc).Concat(SchemaTree.Answers(swaggerDoc)));
        var schemas = swaggerDoc.Components!.Schemas!;
        var kept = schemas.Where(schema => used.Contains(schema.Key)).OrderBy(schema => schema.Key, StringComparer.Ordinal).ToList();
        schemas.Clear();
        foreach (var (id, schema) in kept)
            schemas[id] = schema;
    }
}
