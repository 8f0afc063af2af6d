using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Operations;

/// <summary>Makes each operation of what its endpoint says about itself; what the framework has guessed from the handler is put aside.</summary>
internal sealed class OperationFilter(RecordedAnswers recorded) : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var described = context.ApiDescription;
        var metadata = described.ActionDescriptor.EndpointMetadata;
        operation.OperationId ??= OperationIds.Of(described.HttpMethod!, described.RelativePath!);
        operation.Parameters = OperationParameters.Of(context);
        operation.RequestBody = OperationBody.Of(metadata, context);
        operation.Responses = new OperationAnswers(metadata, context, recorded).Of(operation.OperationId, operation.RequestBody is not null);
    }
}
