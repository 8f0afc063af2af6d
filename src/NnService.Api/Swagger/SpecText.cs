using System.Text;
using NnService.Engine.Specs;

namespace NnService.Api.Swagger;

/// <summary>What people read about a family of specs, made from the catalogue.</summary>
internal static class SpecText
{
    public static string Describe<TSpec>()
        where TSpec : Spec, ISpecFamily<TSpec>
    {
        var text = new StringBuilder($"The name of a {TSpec.Known.Noun}, or an object with `type` and parameters:\n\n");
        foreach (var entry in SpecCatalogue.Of<TSpec>())
        {
            text.Append($"- `{entry.Type}`: {entry.Help}");
            foreach (var parameter in entry.Parameters)
                text.Append($" `{parameter.Name}`{(parameter.Default is { } value ? $" ({value.ToJsonString(SpecJson.Options).Trim('"')})" : "")}: "
                    + $"{parameter.Help}");
            text.Append('\n');
        }

        return text.ToString();
    }
}
