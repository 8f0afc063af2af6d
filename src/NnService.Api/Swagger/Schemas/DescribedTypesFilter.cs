using System.ComponentModel;
using System.Reflection;
using System.Text.Json;
using Microsoft.OpenApi;
using NnService.Api.Http.Describing;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace NnService.Api.Swagger.Schemas;

/// <summary>Schemas of types that do not say themselves how their JSON looks: members of specs, members made by hand, parts of other types.</summary>
internal sealed class DescribedTypesFilter : ISchemaFilter
{
    private static readonly Dictionary<Type, string> s_specs =
        SpecFamily.All.SelectMany(family => family.Members).ToDictionary(member => member.Type, member => member.Name);

    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema whole || context.MemberInfo is not null || context.ParameterInfo is not null)
            return;
        if (s_specs.TryGetValue(context.Type, out var name))
            SetType(whole, name, context.Type);
        if (context.Type.GetCustomAttribute<SomeOfAttribute>() is { } some)
            AddMembers(whole, some, context);
        foreach (var property in context.Type.GetProperties())
            if (property.GetCustomAttribute<WireTypeAttribute>() is { } wire)
                Replace(whole, property, wire.Type, context);
    }

    // What every member of a family is told by.
    private static void SetType(OpenApiSchema spec, string name, Type type)
    {
        spec.Description = type.GetCustomAttribute<DescriptionAttribute>()?.Description ?? spec.Description;
        var members = new Dictionary<string, IOpenApiSchema> { ["type"] = Schema.Text(name) };
        foreach (var (member, schema) in spec.Properties ?? new Dictionary<string, IOpenApiSchema>())
            members.TryAdd(member, schema);
        spec.Properties = members;
        spec.Required = new HashSet<string> { "type" };
    }

    private static void AddMembers(OpenApiSchema whole, SomeOfAttribute some, SchemaFilterContext context)
    {
        var own = whole.Properties ?? new Dictionary<string, IOpenApiSchema>();
        var members = new Dictionary<string, IOpenApiSchema>();
        foreach (var type in some.Types)
        {
            context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository);
            foreach (var (name, member) in context.SchemaRepository.Schemas[SchemaIds.Of(type)].Properties!)
                members.TryAdd(name, own.TryGetValue(name, out var instead) ? instead : member.CreateShallowCopy());
        }

        foreach (var (name, member) in own)
            members.TryAdd(name, member);
        foreach (var name in some.Without)
            members.Remove(name);
        (whole.Type, whole.Properties, whole.Required) = (JsonSchemaType.Object, members, null);
        if (some.Whole)
            whole.AnyOf = [.. some.Types.Select(type => context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository))];
    }

    private static void Replace(OpenApiSchema whole, PropertyInfo property, Type wire, SchemaFilterContext context)
    {
        var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
        if (whole.Properties?.TryGetValue(name, out var member) is not true)
            return;
        var described = context.SchemaGenerator.GenerateSchema(wire, context.SchemaRepository);
        var replaced = described is OpenApiSchema inline ? inline : new OpenApiSchema { AllOf = [described] };
        replaced.Description = member!.Description ?? replaced.Description;
        whole.Properties[name] = replaced;
    }
}
