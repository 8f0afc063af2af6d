using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using NnService.Api.Startup;

namespace NnService.Api.Swagger;

/// <summary>The OpenAPI document and Swagger UI.</summary>
internal static class SwaggerSetup
{
    private const string Introduction =
        "Define a network, upload a table, train in the background, watch the loss fall, predict. "
        + "The examples tell one story: press them tag by tag, and what deletes last.";

    public static void AddSwagger(this WebApplicationBuilder builder)
    {
        builder.Services.AddEndpointsApiExplorer();
        builder.Services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new OpenApiInfo { Title = "NnService", Version = "v1", Description = Introduction });
            options.OperationFilter<ExamplesFilter>();
            options.SupportNonNullableReferenceTypes();
            options.UseAllOfToExtendReferenceSchemas();
            options.MapType<JsonNode>(() => new OpenApiSchema());
            options.MapType<JsonObject>(() => new OpenApiSchema { Type = JsonSchemaType.Object });
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "NnService.*.xml"))
                options.IncludeXmlComments(file);
            options.SchemaFilter<WireFormsFilter>(); // behind the XML comments, whose summaries of the engine's types would win
            options.DocumentFilter<TagsFilter>();
        });
    }

    /// <summary>The pages, put together at the first look at them: the middleware would otherwise make a generator of documents for every request to the service.</summary>
    public static void UseSwaggerPages(this WebApplication app) => app.Use(next =>
    {
        var pages = new Later<RequestDelegate>(() => Pages(app, next));
        return context => context.Request.Path.StartsWithSegments("/swagger") ? pages.Value(context) : next(context);
    });

    private static RequestDelegate Pages(IApplicationBuilder app, RequestDelegate next)
    {
        var branch = app.New();
        branch.UseSwagger();
        branch.UseSwaggerUI(options =>
        {
            options.DocumentTitle = "NnService";
            options.SwaggerEndpoint("v1/swagger.json", "NnService v1");
            options.RoutePrefix = "swagger";
            options.EnableTryItOutByDefault();
            options.EnableDeepLinking();
            options.DisplayRequestDuration();
        });
        branch.Run(next);
        return branch.Build();
    }
}
