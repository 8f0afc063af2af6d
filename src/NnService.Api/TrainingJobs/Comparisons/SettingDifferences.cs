using System.Text.Json.Nodes;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>Finds the settings that configurations do not share.</summary>
internal static class SettingDifferences
{
    private const int MostCharacters = 2000; // of a value: explicit weights may be millions of numbers

    /// <summary>The differences, in the order of the configurations' members.</summary>
    /// <param name="configurations">As they are stored; the same one twice is no difference.</param>
    public static IReadOnlyList<SettingDifference> Of(IReadOnlyList<JsonNode?> configurations)
    {
        var found = new List<SettingDifference>();
        Look("", configurations, found);
        return found;
    }

    private static void Look(string pointer, IReadOnlyList<JsonNode?> values, List<SettingDifference> found)
    {
        if (values.All(value => JsonNode.DeepEquals(value, values[0])))
            return;
        if (values.All(value => value is JsonObject))
        {
            foreach (var name in values.SelectMany(value => value!.AsObject().Select(member => member.Key)).Distinct().ToList())
                Look($"{pointer}/{SpecJson.Escape(name)}", [.. values.Select(value => value![name])], found);
        }
        else if (values.All(HasObjects))
        {
            for (var i = 0; i < values.Max(value => value!.AsArray().Count); i++)
                Look($"{pointer}/{i}", [.. values.Select(value => value!.AsArray().ElementAtOrDefault(i))], found);
        }
        else
        {
            found.Add(new SettingDifference(pointer, [.. values.Select(Shown)]));
        }
    }

    // Such as layers, each of which is a setting; a list of names or numbers is one.
    private static bool HasObjects(JsonNode? value) => value is JsonArray { Count: > 0 } list && list.All(element => element is JsonObject);

    private static JsonNode? Shown(JsonNode? value) => value?.ToJsonString() is { Length: > MostCharacters } text
        ? JsonValue.Create(value is JsonArray list ? $"{list.Count:N0} elements, {text.Length:N0} characters" : $"{text.Length:N0} characters")
        : value?.DeepClone();
}
