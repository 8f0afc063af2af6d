using Microsoft.OpenApi;

namespace NnService.Api.Swagger.Schemas;

/// <summary>Goes through every schema of a document.</summary>
internal static class SchemaTree
{
    /// <summary>Puts another schema, or the same one, in the place of each, inner ones first. References are not followed.</summary>
    public static void Change(OpenApiDocument document, Func<IOpenApiSchema, IOpenApiSchema> change)
    {
        var schemas = document.Components!.Schemas!;
        foreach (var id in schemas.Keys.ToList())
            ChangeInside(schemas[id], change); // a component itself stays
        foreach (var operation in Operations(document))
            foreach (var media in BodiesOf(operation).Concat(AnswersOf(operation)))
                media.Schema = media.Schema is null ? null : Changed(media.Schema, change);
    }

    /// <summary>The ids of all components that are reached from some schemas, through others too.</summary>
    public static HashSet<string> Reach(OpenApiDocument document, IEnumerable<IOpenApiSchema> from)
    {
        var reached = new HashSet<string>();
        var waiting = new Stack<IOpenApiSchema>(from);
        while (waiting.TryPop(out var schema))
            foreach (var reference in References(schema))
                if (reached.Add(reference.Reference.Id!))
                    waiting.Push(document.Components!.Schemas![reference.Reference.Id!]);
        return reached;
    }

    /// <summary>What operations are asked with.</summary>
    public static IEnumerable<IOpenApiSchema> Asked(OpenApiDocument document) =>
        Operations(document).SelectMany(BodiesOf).Select(media => media.Schema!)
            .Concat(Operations(document).SelectMany(operation => operation.Parameters ?? []).Select(parameter => parameter.Schema!));

    /// <summary>What operations answer, where a schema says it.</summary>
    public static IEnumerable<IOpenApiSchema> Answers(OpenApiDocument document) =>
        Operations(document).SelectMany(AnswersOf).Select(media => media.Schema).OfType<IOpenApiSchema>();

    /// <summary>A schema and all those inside it; those behind references are left aside.</summary>
    public static IEnumerable<IOpenApiSchema> All(IOpenApiSchema schema) =>
        schema is OpenApiSchemaReference ? [schema] : Inner(schema).SelectMany(All).Prepend(schema);

    /// <summary>The references in a schema, which is one itself perhaps; those behind them are left aside.</summary>
    public static IEnumerable<OpenApiSchemaReference> References(IOpenApiSchema schema) =>
        All(schema).OfType<OpenApiSchemaReference>();

    private static IEnumerable<OpenApiOperation> Operations(OpenApiDocument document) => document.Paths.Values.SelectMany(path => path.Operations!.Values);

    private static IEnumerable<OpenApiMediaType> BodiesOf(OpenApiOperation operation) => (operation.RequestBody?.Content?.Values ?? [])
        .Cast<OpenApiMediaType>();

    private static IEnumerable<OpenApiMediaType> AnswersOf(OpenApiOperation operation) =>
        (operation.Responses ?? []).Values.SelectMany(response => response.Content?.Values ?? []).Cast<OpenApiMediaType>();

    private static IEnumerable<IOpenApiSchema> Inner(IOpenApiSchema schema) =>
    [
        .. schema.Properties?.Values ?? [],
        .. schema.OneOf ?? [],
        .. schema.AnyOf ?? [],
        .. schema.AllOf ?? [],
        .. schema.Items is { } items ? (IOpenApiSchema[])[items] : [],
        .. schema.AdditionalProperties is { } others ? (IOpenApiSchema[])[others] : [],
    ];

    private static IOpenApiSchema Changed(IOpenApiSchema schema, Func<IOpenApiSchema, IOpenApiSchema> change)
    {
        ChangeInside(schema, change);
        return change(schema);
    }

    private static void ChangeInside(IOpenApiSchema schema, Func<IOpenApiSchema, IOpenApiSchema> change)
    {
        if (schema is not OpenApiSchema inside)
            return;
        foreach (var name in (inside.Properties?.Keys ?? []).ToList())
            inside.Properties![name] = Changed(inside.Properties[name], change);
        foreach (var alternatives in new[] { inside.OneOf, inside.AnyOf, inside.AllOf })
            for (var i = 0; i < (alternatives?.Count ?? 0); i++)
                alternatives![i] = Changed(alternatives[i], change);
        inside.Items = inside.Items is null ? null : Changed(inside.Items, change);
        inside.AdditionalProperties = inside.AdditionalProperties is null ? null : Changed(inside.AdditionalProperties, change);
    }
}
