using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Operations;

/// <summary>Answers of one status that may be one thing or another: told apart by a member whose values are others in each of them.</summary>
internal static class Alternatives
{
    public static OpenApiSchema Of(IReadOnlyList<IOpenApiSchema> schemas, OperationFilterContext context)
    {
        var references = schemas.Cast<OpenApiSchemaReference>().ToList();
        var known = context.SchemaRepository.Schemas;
        var members = references.Select(reference => known[reference.Reference.Id!].Properties!).ToList();
        var mark = members[0].Keys.FirstOrDefault(name => members.All(other => other.ContainsKey(name)) && AreDistinct(members, name, known))
            ?? throw new InvalidOperationException($"Nothing tells {string.Join(" and ", references.Select(reference => reference.Reference.Id))} apart.");
        return new OpenApiSchema
        {
            OneOf = [.. references],
            Discriminator = new OpenApiDiscriminator
            {
                PropertyName = mark,
                Mapping = references.Zip(members)
                    .SelectMany(pair => ValuesOf(pair.Second[mark], known).Select(value => (Value: value, Schema: pair.First)))
                    .ToDictionary(pair => pair.Value, pair => new OpenApiSchemaReference(pair.Schema.Reference.Id!, context.Document)),
            },
        };
    }

    private static bool AreDistinct(
        IEnumerable<IDictionary<string, IOpenApiSchema>> members, string name, IDictionary<string, IOpenApiSchema> known)
    {
        var values = members.Select(member => ValuesOf(member[name], known).ToList()).ToList();
        return values.All(some => some.Count > 0) && values.SelectMany(some => some).Distinct().Count() == values.Sum(some => some.Count);
    }

    private static IEnumerable<string> ValuesOf(IOpenApiSchema member, IDictionary<string, IOpenApiSchema> known)
    {
        while (true)
        {
            var inner = member is OpenApiSchemaReference reference ? known[reference.Reference.Id!] : member.AllOf is [var only] ? only : null;
            if (inner is null)
                return (member.Enum ?? []).OfType<JsonValue>().Select(value => value.ToString());
            member = inner;
        }
    }
}
