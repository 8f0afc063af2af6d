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
/// Of what is asked for, members that may be left out may be null too, which is the same: in C# a number or an enum that could be neither would always be sent.
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
        var asked = SchemaTree.Reach(swaggerDoc, SchemaTree.Asked(swaggerDoc));
        foreach (var (id, schema) in swaggerDoc.Components!.Schemas!)
            if (schema is not OpenApiSchema { Properties: not null } whole)
                continue;
            else if (asked.Contains(id))
                SettleAsked(whole, swaggerDoc.Components.Schemas);
            else if (_types.TryGetValue(id, out var type))
                Settle(whole, type);
    }

    private static void SettleAsked(OpenApiSchema whole, IDictionary<string, IOpenApiSchema> known)
    {
        foreach (var name in whole.Properties!.Keys.Where(name => whole.Required?.Contains(name) is not true).ToList())
        {
            var place = PlaceOf(whole, name);
            if (place.Type is JsonSchemaType.Integer or JsonSchemaType.Number or JsonSchemaType.Boolean || IsEnum(place, known))
                Schema.AllowNull(place, true);
        }
    }

    private static bool IsEnum(OpenApiSchema place, IDictionary<string, IOpenApiSchema> known) =>
        place.AllOf is [OpenApiSchemaReference reference] && known[reference.Reference.Id!].Enum is { Count: > 0 };

    private static void Settle(OpenApiSchema whole, Type type)
    {
        var some = type.GetCustomAttribute<SomeOfAttribute>();
        var required = new HashSet<string>();
        foreach (var property in (some?.Types ?? []).Append(type).SelectMany(source => source.GetProperties()))
        {
            var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (!whole.Properties!.ContainsKey(name))
                continue;
            var place = PlaceOf(whole, name);
            var isLeftOut = property.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: not JsonIgnoreCondition.Never };
            var mayBeNull = some?.OrNull is true || (IsNullable(property) && !isLeftOut && some?.NeverNull is not true);
            AllowNull(place, mayBeNull);
            if (some is null && !isLeftOut && !(mayBeNull && Schema.IsAnything(place)))
                required.Add(name);
        }

        whole.Required = required.Count == 0 ? null : required;
    }

    // A bare reference has no room for anything beside it.
    private static OpenApiSchema PlaceOf(OpenApiSchema whole, string name)
    {
        if (whole.Properties![name] is OpenApiSchema there)
            return there;
        var place = new OpenApiSchema { AllOf = [whole.Properties[name]] };
        whole.Properties[name] = place;
        return place;
    }

    // A schema without a type cannot be told to allow null: of several forms one does, and what goes for everything allows it anyway.
    private static void AllowNull(OpenApiSchema schema, bool isAllowed)
    {
        if (schema.OneOf is { Count: > 0 } forms)
            Schema.AllowNull(forms.OfType<OpenApiSchema>().Last(form => form.Type is not null && form.Not is null), isAllowed);
        else if (!Schema.IsAnything(schema))
            Schema.AllowNull(schema, isAllowed);
        else
            schema.Type = null;
    }

    private static bool IsNullable(PropertyInfo property) => property.GetCustomAttribute<WireTypeAttribute>()?.NeverNull is not true && (
        Nullable.GetUnderlyingType(property.PropertyType) is not null || new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable);
}
