using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using NnService.Api.Http;
using NnService.Api.Startup;
using NnService.Api.Swagger.Operations;
using NnService.Api.Swagger.Schemas;
using Swashbuckle.AspNetCore.SwaggerGen;
using Scope = NnService.Api.Http.Scope;

namespace NnService.Api.Swagger;

/// <summary>The OpenAPI document and Swagger UI.</summary>
internal static class SwaggerSetup
{
    private const string Introduction =
        "Define a network, upload a table, train in the background, watch the loss fall, predict. "
        + "The examples tell one story: press them tag by tag, and what deletes last.\n\n"
        + "Every answer carries `X-Request-Id`: the one that the request brought, or one that is made. Refusals under `/api/v1` are problem documents "
        + "(RFC 9457); those of the Open Inference Protocol and the other doors are `{\"error\": \"…\"}`. "
        + "Request bodies may be compressed with gzip (`Content-Encoding: gzip`).";

    public static void AddSwagger(this WebApplicationBuilder builder)
    {
        builder.Services.AddEndpointsApiExplorer();
        builder.Services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "NnService",
                Version = "v1",
                Description = Introduction,
                Contact = new OpenApiContact { Name = "Whoever runs this service" },
                License = new OpenApiLicense { Name = "MIT" },
            });
            options.AddServer(new OpenApiServer { Url = "/" });
            options.OperationFilter<SecurityFilter>();
            SecurityFilter.Define(options);
            options.SupportNonNullableReferenceTypes();
            options.UseAllOfToExtendReferenceSchemas();
            options.CustomSchemaIds(SchemaIds.Of);
            options.MapType<JsonNode>(() => new OpenApiSchema());
            options.MapType<JsonObject>(() => new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema() });
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "NnService.*.xml"))
                options.IncludeXmlComments(file);
            AddFilters(options);
        });
    }

    // In this order: each takes up what the one before it has made.
    private static void AddFilters(SwaggerGenOptions options)
    {
        var members = new MembersFilter();
        options.AddOperationFilterInstance(new OperationFilter(new RecordedAnswers()));
        options.SchemaFilter<DescribedTypesFilter>();
        options.AddSchemaFilterInstance(members);
        options.DocumentFilter<HeadersFilter>();
        options.DocumentFilter<UnionsFilter>();
        options.DocumentFilter<UnusedSchemasFilter>();
        options.DocumentFilter<LimitsFilter>();
        options.AddDocumentFilterInstance(members);
        options.DocumentFilter<NullableReferencesFilter>();
        options.DocumentFilter<StoryFilter>();
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
            context.Response.Headers.CacheControl = "no-store"; // the files of the page set their own
            context.SetEndpoint(null); // what serves files leaves a request with an endpoint to that
            return next(context);
        });
        PicturePlugin.Serve(pages);
        pages.UseSwagger(options => options.PreSerializeFilters.Add((document, request) => // below a proxy's prefix, where there is one
            document.Servers = [new OpenApiServer { Url = request.PathBase.HasValue ? request.PathBase.Value : "/" }]));
        pages.UseSwaggerUI(options =>
        {
            options.DocumentTitle = "NnService";
            options.SwaggerEndpoint("v1/swagger.json", "NnService v1");
            options.RoutePrefix = "swagger";
            options.EnableTryItOutByDefault();
            options.EnableDeepLinking();
            options.DisplayRequestDuration();
            options.DefaultModelsExpandDepth(0); // the schemas below the operations are many; one click shows them
            options.HeadContent += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">";
            PicturePlugin.Add(options);
        });
        return pages.Build();
    }
}
