using Microsoft.OpenApi;
using NnService.Api.Models;
using NnService.Api.Networks;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Schemas;

/// <summary>
/// Writes types that have several forms in JSON (a name or an object, a text or a list) as these forms, in each place where they stand (decision 48).
/// </summary>
internal sealed class UnionsFilter : IDocumentFilter
{
    private const string ClassWeights = "ClassWeights";

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        foreach (var member in SpecFamily.All.SelectMany(family => family.Members))
            context.SchemaGenerator.GenerateSchema(member.Type, context.SchemaRepository);
        context.SchemaGenerator.GenerateSchema(typeof(NetworkSpec), context.SchemaRepository);
        swaggerDoc.Components!.Schemas![ClassWeights] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "How much each class counts, by label.",
            AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" },
        };
        var unions = Unions(swaggerDoc);
        SchemaTree.Change(swaggerDoc, schema => schema switch
        {
            OpenApiSchemaReference { Reference.Id: { } id } when unions.TryGetValue(id, out var union) => union(),
            OpenApiSchema { AllOf: [OpenApiSchema { OneOf: not null } union] } place => Of(place, union),
            _ => schema,
        });
    }

    private static Dictionary<string, Func<OpenApiSchema>> Unions(OpenApiDocument document)
    {
        var unions = new Dictionary<string, Func<OpenApiSchema>>
        {
            [nameof(NetworkChoice)] = () => OneOf(
                "A network's name, or a network spelled out with `inputs`, `members` and `layers`; its `name` and `description` are passed over.",
                new OpenApiSchemaReference(nameof(NetworkRequest), document), Schema.Text()),
            [nameof(TargetChoice)] = () => OneOf(
                "The column to predict, or several.", Schema.Text(), new OpenApiSchema { Type = JsonSchemaType.Array, Items = Schema.Text() }),
            [nameof(ClassWeightsChoice)] = () => OneOf(
                "`none`, `balanced`, or a weight for each label.",
                new OpenApiSchemaReference(ClassWeights, document),
                Schema.Text(ClassWeightsChoice.None, ClassWeightsChoice.Balanced)),
        };
        unions[nameof(PredictionInterval)] = () => OneOf(
            "[low, high]; of several outputs an object with that for each target.",
            Pair(), new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Pair() });
        unions[nameof(LayerWeights)] = () => OneOf("A matrix as rows; of several members one for each.", Numbers(2), Numbers(3));
        unions[nameof(LayerBias)] = () => OneOf("A vector; of several members or columns one for each.", Numbers(1), Numbers(2));
        foreach (var family in SpecFamily.All)
            unions[SchemaIds.Of(family.Type)] = () => OfFamily(family, document);
        return unions;
    }

    private static OpenApiSchema OfFamily(SpecFamily family, OpenApiDocument document)
    {
        IOpenApiSchema[] members = [.. family.Members.Select(member => new OpenApiSchemaReference(member.SchemaId, document))];
        var union = OneOf(family.Description, family.TakesNames ? [.. members, Schema.Text(family.Members.Select(member => member.Name))] : members);
        union.Discriminator = new OpenApiDiscriminator
        {
            PropertyName = "type",
            Mapping = family.Members.ToDictionary(member => member.Name, member => new OpenApiSchemaReference(member.SchemaId, document)),
        };
        return union;
    }

    // The first form is none: NSwag, which knows no unions, takes the first for the type of all, and this one it takes for any object.
    private static OpenApiSchema OneOf(string description, params IOpenApiSchema[] forms) => new()
    {
        Description = description,
        OneOf = [new OpenApiSchema { Type = JsonSchemaType.Object, Not = new OpenApiSchema() }, .. forms],
    };

    private static OpenApiSchema Pair()
    {
        var pair = Numbers(1);
        (pair.MinItems, pair.MaxItems) = (2, 2);
        return pair;
    }

    // Arrays in arrays.
    private static OpenApiSchema Numbers(int depth) =>
        depth == 0 ? new OpenApiSchema { Type = JsonSchemaType.Number, Format = "double" } : new OpenApiSchema { Type = JsonSchemaType.Array, Items = Numbers(depth - 1) };

    // A member's own sentence, before what is said of the type.
    private static OpenApiSchema Of(OpenApiSchema member, OpenApiSchema union)
    {
        if (member.Description is { Length: > 0 } own)
            union.Description = $"{own}\n\n{union.Description}";
        return union;
    }
}
