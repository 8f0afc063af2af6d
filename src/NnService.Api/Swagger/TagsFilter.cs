using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger;

/// <summary>The tags in the order of the story: first what is made, then what is made of it.</summary>
internal sealed class TagsFilter : IDocumentFilter
{
    private static readonly string[] Story =
        ["Networks", "Datasets", "Training jobs", "Models", "Open Inference Protocol", "Catalogue", "Webhooks", "Operations"];

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var known = swaggerDoc.Tags?.ToDictionary(tag => tag.Name!) ?? [];
        swaggerDoc.Tags = Story.Select(name => known.GetValueOrDefault(name) ?? new OpenApiTag { Name = name }).ToHashSet();
    }
}
