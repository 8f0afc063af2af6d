using System.Globalization;
using System.Text.Json.Nodes;
using NnService.Api.Errors;

namespace NnService.Api.Studies.Planning;

/// <summary>A JSON pointer (RFC 6901) into a job.</summary>
internal sealed class JobPointer
{
    private readonly string[] _names;

    private JobPointer(string[] names) => _names = names;

    /// <summary>The member of the job that it begins with.</summary>
    public string Member => _names[0];

    /// <summary>Whether it points into that member rather than at it.</summary>
    public bool IsDeep => Depth > 1;

    /// <summary>How many objects and lists of the job it goes through.</summary>
    public int Depth => _names.Length;

    /// <summary>Null where the text is no pointer to a field. Every field has one spelling: <c>~</c> stands in a pointer as <c>~0</c> or <c>~1</c> alone (section
    /// 3), and places of a list have no leading zeros (section 4).</summary>
    public static JobPointer? Of(string text) =>
        text.Length > 1 && text[0] == '/' && text.Split('~').Skip(1).All(rest => rest is ['0' or '1', ..])
            ? new JobPointer([.. text[1..].Split('/').Select(JsonPointer.Unescape)])
            : null;

    /// <summary>Puts a value in its place, or takes it out where it is null; why not, where there is no such place.</summary>
    public string? Put(JsonObject job, JsonNode? value)
    {
        JsonNode at = job;
        for (var i = 0; i < _names.Length - 1; i++)
        {
            if (at is JsonArray list)
            {
                if (Element(list, _names[i]) is not { } element)
                    return NoElement(list, i);
                at = element;
                continue;
            }

            if (at is not JsonObject whole)
                return $"\"{_names[i - 1]}\" has no fields.";
            at = whole[_names[i]] ?? (whole[_names[i]] = new JsonObject());
        }

        var last = _names[^1];
        switch (at)
        {
            case JsonObject whole when value is null:
                whole.Remove(last);
                return null;
            case JsonObject whole:
                whole[last] = value.DeepClone();
                return null;
            case JsonArray list when Element(list, last) is { } old:
                list[list.IndexOf(old)] = value?.DeepClone();
                return null;
            case JsonArray list:
                return NoElement(list, _names.Length - 1);
            default:
                return $"\"{_names[^2]}\" has no fields.";
        }
    }

    private string NoElement(JsonArray list, int at) => $"\"{_names[at - 1]}\" has {list.Count} elements, counted from 0, and none \"{_names[at]}\".";

    private static JsonNode? Element(JsonArray list, string name) =>
        name is "0" or not ['0', ..] && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < list.Count
            ? list[index]
            : null;
}
