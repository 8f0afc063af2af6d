using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NnService.Engine.Specs;

/// <summary>What there is to choose from, told by the specs themselves: for programs, for Swagger, and for tests that nothing is left out.</summary>
public static class SpecCatalogue
{
    /// <summary>The members of a family.</summary>
    public static IReadOnlyList<CatalogueEntry> Of<TSpec>()
        where TSpec : Spec, ISpecFamily<TSpec> =>
        [.. TSpec.Known.Members.Select(member => new CatalogueEntry(member.Type, HelpOf(member.GetType()), ParametersOf(member)))];

    private static IReadOnlyList<CatalogueParameter> ParametersOf(Spec member)
    {
        // A property that is overridden shows once, with the attributes of the most derived one.
        var properties = member.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);
        return [.. properties.Select(property => ParameterOf(
            property, JsonSerializer.SerializeToNode(property.GetValue(member), property.PropertyType, SpecJson.Options)))];
    }

    /// <summary>A property of something that is no member of a family.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="name">Its name.</param>
    /// <param name="whereLeftOut">Its value where it is left out; null where there is none.</param>
    public static CatalogueParameter ParameterOf(Type owner, string name, JsonNode? whereLeftOut)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return ParameterOf(owner.GetProperty(name) ?? throw new ArgumentException($"{owner} has no {name}.", nameof(name)), whereLeftOut);
    }

    private static CatalogueParameter ParameterOf(PropertyInfo property, JsonNode? whereLeftOut) => new(
        JsonNamingPolicy.CamelCase.ConvertName(property.Name), TypeOf(property.PropertyType), whereLeftOut, RangeOf(property), HelpOf(property));

    private static string TypeOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(bool) ? "boolean"
            : type == typeof(int) || type == typeof(long) ? "integer"
            : type == typeof(double) ? "number"
            : type == typeof(string) ? "string"
            : type == typeof(IReadOnlyList<double>) ? "number[]"
            : type == typeof(IReadOnlyList<IReadOnlyList<double>>) ? "number[][]"
            : type.Name.EndsWith("Spec", StringComparison.Ordinal) ? JsonNamingPolicy.CamelCase.ConvertName(type.Name[..^4])
            : throw new NotSupportedException($"The catalogue has no word for {type}.");
    }

    private static CatalogueRange? RangeOf(PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is not { } range)
            return null;
        var (low, high) = (Convert.ToDouble(range.Minimum), Convert.ToDouble(range.Maximum));
        return new CatalogueRange(low, range.MinimumIsExclusive, high is double.MaxValue or int.MaxValue ? null : high, range.MaximumIsExclusive);
    }

    private static string HelpOf(MemberInfo member) => member.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "";
}

/// <summary>One thing to choose.</summary>
/// <param name="Type">Its name on the wire.</param>
/// <param name="Help">What it does, in one sentence.</param>
/// <param name="Parameters">What can be set.</param>
public sealed record CatalogueEntry(string Type, string Help, IReadOnlyList<CatalogueParameter> Parameters);

/// <summary>One thing to set.</summary>
/// <param name="Name">Its name on the wire.</param>
/// <param name="Type">boolean, integer, number, string, number[], number[][], or a family such as activation.</param>
/// <param name="Default">Its value where it is left out; null where there is none.</param>
/// <param name="Range">What it may be; null where everything goes.</param>
/// <param name="Help">What it does, in one sentence.</param>
public sealed record CatalogueParameter(string Name, string Type, JsonNode? Default, CatalogueRange? Range, string Help);

/// <summary>The limits of a number.</summary>
/// <param name="Minimum">The lowest value.</param>
/// <param name="ExclusiveMinimum">Whether the lowest value itself is too low.</param>
/// <param name="Maximum">The highest value; null: no limit.</param>
/// <param name="ExclusiveMaximum">Whether the highest value itself is too high.</param>
public sealed record CatalogueRange(double Minimum, bool ExclusiveMinimum, double? Maximum, bool ExclusiveMaximum);
