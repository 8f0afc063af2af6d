using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.OpenApi;
using NnService.Api.Http.Describing;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Schemas;

/// <summary>
/// Says of what is only answered which members are always there, and which may be null: the serializer leaves nothing out unless a member says so.
/// What is asked for stays as its attributes have it.
/// </summary>
internal sealed class MembersFilter : ISchemaFilter, IDocumentFilter
{
    private readonly ConcurrentDictionary<string, Type> _types = new();

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (context.MemberInfo is null && context.ParameterInfo is null)
            _types[SchemaIds.Of(context.Type)] = context.Type;
    }

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var asked = SchemaTree.Reach(swaggerDoc, SchemaTree.Bodies(swaggerDoc));
        foreach (var (id, schema) in swaggerDoc.Components!.Schemas!)
            if (!asked.Contains(id) && schema is OpenApiSchema { Properties: not null } whole && _types.TryGetValue(id, out var type))
                Settle(whole, type);
    }

    private static void Settle(OpenApiSchema whole, Type type)
    {
        var some = type.GetCustomAttribute<SomeOfAttribute>();
        var required = new HashSet<string>();
        foreach (var property in (some?.Types ?? []).Append(type).SelectMany(source => source.GetProperties()))
        {
            var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (!whole.Properties!.TryGetValue(name, out var member) || member is not OpenApiSchema schema)
            {
                if (member is not null && some is null)
                    required.Add(name); // a reference, which cannot be null
                continue;
            }

            var isLeftOut = property.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: not JsonIgnoreCondition.Never };
            var mayBeNull = some?.OrNull is true || (IsNullable(property) && !isLeftOut && some?.NeverNull is not true);
            AllowNull(schema, mayBeNull);
            if (some is null && !isLeftOut && !(mayBeNull && Schema.IsAnything(schema)))
                required.Add(name);
        }

        whole.Required = required.Count == 0 ? null : required;
    }

    // A schema without a type cannot be told to allow null: of several forms one does, and what goes for everything allows it anyway.
    private static void AllowNull(OpenApiSchema schema, bool isAllowed)
    {
        if (schema.OneOf is { Count: > 0 } forms)
            Schema.AllowNull((OpenApiSchema)forms.Last(), isAllowed);
        else if (!Schema.IsAnything(schema))
            Schema.AllowNull(schema, isAllowed);
        else
            schema.Type = null;
    }

    private static bool IsNullable(PropertyInfo property) => property.GetCustomAttribute<WireTypeAttribute>()?.NeverNull is not true && (
        Nullable.GetUnderlyingType(property.PropertyType) is not null || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable);
}
