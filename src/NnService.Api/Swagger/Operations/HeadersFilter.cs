using Microsoft.OpenApi;
using NnService.Api.Swagger.Schemas;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Operations;

/// <summary>The header that all answers have, which they refer to.</summary>
internal sealed class HeadersFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context) =>
        (swaggerDoc.Components!.Headers ??= new Dictionary<string, IOpenApiHeader>())[OperationAnswers.RequestId] = new OpenApiHeader
        {
            Description = "What the log calls this request: the id that came in the header of that name, or one that was made.",
            Schema = Schema.Text(),
        };
}
