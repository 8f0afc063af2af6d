using Microsoft.OpenApi;
using NnService.Api.Swagger.Schemas;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Operations;

/// <summary>The headers that many answers have, which they refer to.</summary>
internal sealed class HeadersFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context) => swaggerDoc.Components!.Headers = new Dictionary<string, IOpenApiHeader>
    {
        [OperationAnswers.RequestId] = Header("What the log calls this request: the id that came in the header of that name, or one that was made."),
        [OperationAnswers.Challenge] = Header("That a key is asked for, and what is wrong with the one that was sent (RFC 6750)."),
    };

    private static OpenApiHeader Header(string description) => new() { Description = description, Schema = Schema.Text() };
}
