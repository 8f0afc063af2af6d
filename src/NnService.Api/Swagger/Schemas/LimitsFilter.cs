using System.Globalization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Schemas;

/// <summary>Leaves out limits that are only those of the number's type, and writes the others as decimals.</summary>
internal sealed class LimitsFilter : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context) => SchemaTree.Change(swaggerDoc, schema =>
    {
        if (schema is OpenApiSchema numbers)
        {
            (numbers.Minimum, numbers.Maximum) = (Limit(numbers.Minimum), Limit(numbers.Maximum));
            (numbers.ExclusiveMinimum, numbers.ExclusiveMaximum) = (Limit(numbers.ExclusiveMinimum), Limit(numbers.ExclusiveMaximum));
        }

        return schema;
    });

    private static string? Limit(string? text) =>
        text is null || double.Parse(text, CultureInfo.InvariantCulture) is double.MinValue or int.MinValue or int.MaxValue or double.MaxValue
            ? null
            : decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
}
