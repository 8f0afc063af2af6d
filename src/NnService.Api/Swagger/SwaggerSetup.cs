using Microsoft.OpenApi;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger;

/// <summary>The OpenAPI document and Swagger UI.</summary>
internal static class SwaggerSetup
{
    private const string Introduction =
        "Define a network, upload a table, train in the background, watch the loss fall, predict, and take the model away. "
        + "The examples tell one story: press them from top to bottom.";

    public static void AddSwagger(this WebApplicationBuilder builder)
    {
        builder.Services.AddEndpointsApiExplorer();
        builder.Services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new OpenApiInfo { Title = "NnService", Version = "v1", Description = Introduction });
            options.OperationFilter<ExamplesFilter>();
            options.SupportNonNullableReferenceTypes();
            options.UseAllOfToExtendReferenceSchemas();
            options.MapFamily<LayerSpec>();
            options.MapFamily<ActivationSpec>();
            options.MapFamily<InitializerSpec>();
            options.MapFamily<LossSpec>();
            options.MapFamily<OptimizerSpec>();
            options.MapFamily<ScheduleSpec>();
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "NnService.*.xml"))
                options.IncludeXmlComments(file);
        });
    }

    public static void UseSwaggerPages(this WebApplication app)
    {
        app.UseSwagger();
        app.UseSwaggerUI(options =>
        {
            options.DocumentTitle = "NnService";
            options.SwaggerEndpoint("v1/swagger.json", "NnService v1");
            options.RoutePrefix = "swagger";
            options.EnableTryItOutByDefault();
            options.DisplayRequestDuration();
        });
    }

    // A spec is its name or an object with `type`; the text lists every member of the family with its parameters.
    private static void MapFamily<TSpec>(this SwaggerGenOptions options)
        where TSpec : Spec, ISpecFamily<TSpec> =>
        options.MapType<TSpec>(() => new OpenApiSchema
        {
            Description = SpecText.Describe<TSpec>(),
            OneOf =
            [
                new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. TSpec.Known.Members.Select(member => (System.Text.Json.Nodes.JsonNode)member.Type)] },
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Required = new HashSet<string> { "type" },
                    Properties = new Dictionary<string, IOpenApiSchema> { ["type"] = new OpenApiSchema { Type = JsonSchemaType.String } },
                },
            ],
        });
}
