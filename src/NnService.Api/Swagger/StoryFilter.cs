using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger;

/// <summary>Tags and operations in the order of the story: first what is made, then what is made of it, as the endpoints are mapped.</summary>
internal sealed class StoryFilter : IDocumentFilter
{
    private static readonly string[] s_tags = ["Networks", "Datasets", "Training jobs", "Studies", "Models", "Open Inference Protocol", "Catalogue", "Webhooks", "Access", "Operations"];

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var known = swaggerDoc.Tags?.ToDictionary(tag => tag.Name!) ?? [];
        swaggerDoc.Tags = s_tags.Concat(known.Keys).Distinct().Select(name => known.GetValueOrDefault(name) ?? new OpenApiTag { Name = name }).ToHashSet();

        var mapped = context.ApiDescriptions.Select(description => $"/{description.RelativePath}".TrimEnd('/')).Distinct().ToList();
        var ordered = swaggerDoc.Paths.OrderBy(path => TagOf(path.Value)).ThenBy(path => mapped.IndexOf(path.Key.TrimEnd('/'))).ToList();
        swaggerDoc.Paths.Clear();
        foreach (var (path, item) in ordered)
            swaggerDoc.Paths[path] = item;
    }

    private static int TagOf(IOpenApiPathItem path) =>
        path.Operations!.Values.SelectMany(operation => operation.Tags ?? new HashSet<OpenApiTagReference>())
            .Select(tag => Array.IndexOf(s_tags, tag.Name) is >= 0 and var index ? index : s_tags.Length).DefaultIfEmpty(s_tags.Length).Min();
}
