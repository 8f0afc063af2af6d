using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Operations;

/// <summary>The parameters of an operation: of the path in its order, of the query, and headers.</summary>
internal static partial class OperationParameters
{
    public static List<IOpenApiParameter> Of(OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        return
        [
            .. InPath().Matches(context.ApiDescription.RelativePath!).Select(match => OfPath(match.Groups[1].Value)),
            .. metadata.OfType<QueryParameter>().Select(
                query => Make(ParameterLocation.Query, query.Name, query.Description, query.Form, query.Example)),
            .. metadata.OfType<HeaderParameter>().Select(
                header => Make(ParameterLocation.Header, header.Name, header.Description, header.Form, null)),
        ];

        OpenApiParameter OfPath(string name)
        {
            var example = metadata.OfType<PathExample>().LastOrDefault(example => example.Name == name);
            return Make(ParameterLocation.Path, name, example?.Description, example?.Form ?? ValueForm.Text, example?.Value);
        }

        OpenApiParameter Make(ParameterLocation place, string name, string? description, ValueForm form, string? example) => new()
        {
            Name = name,
            In = place,
            Required = place == ParameterLocation.Path,
            Description = description,
            Schema = form.Named is { } type ? context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository) : ValueForms.SchemaOf(form),
            Example = ValueForms.ExampleOf(form, example),
        };
    }

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex InPath();
}
