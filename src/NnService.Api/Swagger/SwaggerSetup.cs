using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using NnService.Api.Http;
using NnService.Api.Startup;
using Scope = NnService.Api.Http.Scope;

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
            options.OperationFilter<SecurityFilter>();
            SecurityFilter.Define(options);
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

    /// <summary>The document and the pages, which are put together at the first look at them.</summary>
    public static void MapSwaggerPages(this WebApplication app)
    {
        var pages = new Later<RequestDelegate>(() => Pages(app));
        app.Map("/swagger/{**page}", context => pages.Value(context)).RequireScope(Scope.Read).IsBrowserPage();
    }

    private static RequestDelegate Pages(IApplicationBuilder app)
    {
        var pages = app.New();
        pages.Use(next => context =>
        {
            SecurityHeaders.AllowScriptsOfPage(context.Response);
            context.SetEndpoint(null); // what serves files leaves a request with an endpoint to that
            return next(context);
        });
        pages.UseSwagger();
        pages.UseSwaggerUI(options =>
        {
            options.DocumentTitle = "NnService";
            options.SwaggerEndpoint("v1/swagger.json", "NnService v1");
            options.RoutePrefix = "swagger";
            options.EnableTryItOutByDefault();
            options.EnableDeepLinking();
            options.DisplayRequestDuration();
        });
        return pages.Build();
    }
}
