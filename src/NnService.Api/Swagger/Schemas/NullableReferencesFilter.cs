using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Schemas;

/// <summary>
/// Puts <c>nullable</c> where OpenAPI 3.0 has it count, beside a type: onto the schema that is referred to where all who refer to it allow null, otherwise onto
/// a copy of it. Of an object that is asked for it is enough that it may be left out.
/// </summary>
internal sealed class NullableReferencesFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var schemas = swaggerDoc.Components!.Schemas!;
        var asked = SchemaTree.Reach(swaggerDoc, SchemaTree.Asked(swaggerDoc));
        var places = schemas.SelectMany(owner => SchemaTree.All(owner.Value).OfType<OpenApiSchema>()
            .Where(place => place is { AllOf: [OpenApiSchemaReference] } && Schema.AllowsNull(place))
            .Select(place => (Owner: owner.Key, Place: place))).ToList();
        var all = schemas.Values.Concat(SchemaTree.Asked(swaggerDoc)).Concat(SchemaTree.Answers(swaggerDoc))
            .SelectMany(SchemaTree.References).CountBy(reference => reference.Reference.Id!).ToDictionary();
        foreach (var those in places.GroupBy(place => TargetOf(place.Place)))
            if (those.Count() == all[those.Key])
                Schema.AllowNull((OpenApiSchema)schemas[those.Key], true);
            else
                foreach (var (_, place) in those.Where(place => !asked.Contains(place.Owner) || schemas[those.Key].Enum is { Count: > 0 }))
                    place.AllOf = [Copy(those.Key, swaggerDoc)];
        SchemaTree.Change(swaggerDoc, schema => schema is OpenApiSchema { AllOf: [OpenApiSchemaReference] } place ? Plain(place) : schema);
    }

    private static OpenApiSchemaReference Copy(string id, OpenApiDocument document)
    {
        var copy = (OpenApiSchema)document.Components!.Schemas![id].CreateShallowCopy();
        copy.Enum = copy.Enum is null ? null : [.. copy.Enum];
        Schema.AllowNull(copy, true);
        document.Components.Schemas[$"{id}OrNull"] = copy;
        return new OpenApiSchemaReference($"{id}OrNull", document);
    }

    // Beside a bare reference nothing counts, a description neither.
    private static IOpenApiSchema Plain(OpenApiSchema place)
    {
        place.Type = null;
        return string.IsNullOrEmpty(place.Description) ? place.AllOf![0] : place;
    }

    private static string TargetOf(OpenApiSchema place) => ((OpenApiSchemaReference)place.AllOf![0]).Reference.Id!;
}
