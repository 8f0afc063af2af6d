using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using NnService.Api.Http;
using NnService.Api.Http.Describing;

namespace NnService.Api.Swagger.Operations;

/// <summary>The parameters of an operation: of the path in its order, of the query, and headers.</summary>
internal static partial class OperationParameters
{
    public static List<IOpenApiParameter> Of(string path, IList<object> metadata) =>
    [
        .. InPath().Matches(path).Select(match => OfPath(match.Groups[1].Value, metadata)),
        .. metadata.OfType<QueryParameter>().Select(
            query => Make(ParameterLocation.Query, query.Name, query.Description, query.Form, query.Example)),
        .. metadata.OfType<HeaderParameter>().Select(
            header => Make(ParameterLocation.Header, header.Name, header.Description, header.Form, null)),
    ];

    private static OpenApiParameter OfPath(string name, IList<object> metadata)
    {
        var example = metadata.OfType<PathExample>().LastOrDefault(example => example.Name == name);
        return Make(ParameterLocation.Path, name, example?.Description, example?.Form ?? ValueForm.Text, example?.Value);
    }

    private static OpenApiParameter Make(ParameterLocation place, string name, string? description, ValueForm form, string? example) => new()
    {
        Name = name,
        In = place,
        Required = place == ParameterLocation.Path,
        Description = description,
        Schema = ValueForms.SchemaOf(form),
        Example = ValueForms.ExampleOf(form, example),
    };

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex InPath();
}
