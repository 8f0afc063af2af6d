using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using NnService.Api.Http;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger;

/// <summary>Says of each operation that it needs a key, and of which scope; the page has its Authorize button by that.</summary>
internal sealed class SecurityFilter : IOperationFilter
{
    private const string Bearer = "bearer", ApiKey = "apiKey";

    // Members of their own begin with x- in OpenAPI.
    private const string ScopeMember = "x-required-scope";

    /// <summary>The two ways in which a key is sent.</summary>
    public static void Define(SwaggerGenOptions options)
    {
        options.AddSecurityDefinition(Bearer, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "nn_<id>_<secret>",
            Description = "A key. On a service that listens on its own machine alone none is needed.",
        });
        options.AddSecurityDefinition(ApiKey, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = "X-API-Key",
            Description = "The same, for clients that cannot set `Authorization`.",
        });
    }

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<RequiredScope>().LastOrDefault() is not { } needed)
        {
            if (metadata.OfType<IAllowAnonymous>().Any())
                operation.Security = [];
            return;
        }

        operation.Security = [.. ((string[])[Bearer, ApiKey]).Select(scheme =>
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] })];
        var scope = needed.Scope.ToString().ToLowerInvariant();
        operation.AddExtension(ScopeMember, new JsonNodeExtension(JsonValue.Create(scope)!));
    }
}
