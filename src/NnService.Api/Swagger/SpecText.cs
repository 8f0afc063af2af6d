using System.ComponentModel;
using System.Reflection;
using System.Text;
using System.Text.Json;
using NnService.Engine.Specs;

namespace NnService.Api.Swagger;

/// <summary>What people read about a family of specs, made from the specs themselves.</summary>
internal static class SpecText
{
    public static string Describe<TSpec>(SpecList<TSpec> known)
        where TSpec : Spec
    {
        var text = new StringBuilder($"The name of a {known.Noun}, or an object with `type` and parameters:\n\n");
        foreach (var member in known.Members)
        {
            text.Append($"- `{member.Type}`: {HelpOf(member.GetType())}");
            foreach (var property in Parameters(member.GetType()))
                text.Append($" `{Name(property)}` ({JsonSerializer.Serialize(property.GetValue(member), SpecJson.Options).Trim('"')}): {HelpOf(property)}");
            text.Append('\n');
        }

        return text.ToString();
    }

    private static IEnumerable<PropertyInfo> Parameters(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);

    private static string Name(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private static string HelpOf(MemberInfo member) => member.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "";
}
