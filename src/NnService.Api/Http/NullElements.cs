using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>Finds elements of lists that are null where a value is needed: of a member, null means left out; an element cannot be left out.</summary>
/// <remarks>The serializer looks at nulls of members alone, and everything behind it takes the elements of a list to be there.</remarks>
internal static class NullElements
{
    /// <summary>What is wrong; empty where nothing is.</summary>
    /// <param name="value">What was read from a document.</param>
    /// <param name="at">Its JSON pointer.</param>
    public static IEnumerable<SpecProblem> In(object? value, string at = "#") => value switch
    {
        null or string or ValueType or JsonNode or IEnumerable<double> or IEnumerable<JsonElement> => [],
        IDictionary map => map.Keys.Cast<string>().SelectMany(key => In(map[key], $"{at}/{SpecJson.Escape(key)}")),
        IEnumerable list => list.Cast<object?>().SelectMany((item, i) => item is null ? [Problem($"{at}/{i}")] : In(item, $"{at}/{i}")),
        _ when value.GetType().Assembly == typeof(NullElements).Assembly || value.GetType().Assembly == typeof(Spec).Assembly => InMembers(value, at),
        _ => [],
    };

    private static IEnumerable<SpecProblem> InMembers(object value, string at)
    {
        // "A name, or a spec": such a choice has members of its own that the document does not have. A spec's converter leaves its members as they are.
        var isChoice = value is not Spec && value.GetType().IsDefined(typeof(JsonConverterAttribute));
        return value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && property.GetIndexParameters().Length == 0)
            .SelectMany(property => In(property.GetValue(value), isChoice ? at : $"{at}/{JsonNamingPolicy.CamelCase.ConvertName(property.Name)}"));
    }

    private static SpecProblem Problem(string pointer) =>
        new(pointer, $"An element of {JsonPointer.LastName(pointer) ?? "the list"} is null; put a value in its place, or take it out.");
}
