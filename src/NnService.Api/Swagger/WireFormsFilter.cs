using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using NnService.Api.Networks;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger;

/// <summary>Shows types whose JSON is written by a converter as what they are on the wire: a name or an object, a string or a list.</summary>
internal sealed class WireFormsFilter : ISchemaFilter
{
    private static readonly Dictionary<Type, Action<OpenApiSchema>> Forms = new()
    {
        [typeof(LayerSpec)] = Family<LayerSpec>,
        [typeof(ActivationSpec)] = Family<ActivationSpec>,
        [typeof(InitializerSpec)] = Family<InitializerSpec>,
        [typeof(LossSpec)] = Family<LossSpec>,
        [typeof(OptimizerSpec)] = Family<OptimizerSpec>,
        [typeof(ScheduleSpec)] = Family<ScheduleSpec>,
        [typeof(NetworkChoice)] = schema => OneOf(schema, "A network's name, or a network spelled out with `inputs`, `members` and `layers`.", Text(), Thing()),
        [typeof(TargetChoice)] = schema =>
            OneOf(schema, "The column to predict, or several.", Text(), new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() }),
        [typeof(ClassWeightsChoice)] = schema => OneOf(schema, "`none`, `balanced`, or a weight for each label.", Text("none", "balanced"), Thing()),
    };

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is OpenApiSchema writable && Forms.TryGetValue(context.Type, out var form))
            form(writable);
    }

    // The text lists every member of the family with its parameters.
    private static void Family<TSpec>(OpenApiSchema schema)
        where TSpec : Spec, ISpecFamily<TSpec> =>
        OneOf(schema, SpecText.Describe<TSpec>(), Text([.. TSpec.Known.Members.Select(member => member.Type)]), Thing("type"));

    private static void OneOf(OpenApiSchema schema, string description, params IOpenApiSchema[] forms)
    {
        (schema.Type, schema.Description) = (null, description);
        schema.Properties = null;
        schema.Required = null;
        schema.AdditionalPropertiesAllowed = true;
        schema.OneOf = [.. forms];
    }

    private static OpenApiSchema Text(params string[] values) => new()
    {
        Type = JsonSchemaType.String,
        Enum = values.Length == 0 ? null : [.. values.Select(value => (JsonNode)value)],
    };

    private static OpenApiSchema Thing(params string[] required) => new()
    {
        Type = JsonSchemaType.Object,
        Required = required.ToHashSet(),
        Properties = required.ToDictionary(name => name, IOpenApiSchema (_) => Text()),
    };
}
