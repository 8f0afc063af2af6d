using System.Globalization;
using System.Text.Json.Nodes;

namespace NnService.Api.Errors;

/// <summary>JSON pointers in URI fragments (RFC 6901), as refusals have them, followed into a document.</summary>
internal static class JsonPointer
{
    /// <summary>What a pointer leads to; null where it leads nowhere, or to null.</summary>
    public static JsonNode? Find(JsonNode? document, string pointer)
    {
        var at = document;
        foreach (var name in Names(pointer))
            at = at switch
            {
                JsonObject members => members.TryGetPropertyValue(name, out var member) ? member : null,
                JsonArray items => IndexOf(name) is { } index && index < items.Count ? items[index] : null,
                _ => null,
            };
        return at;
    }

    /// <summary>The name of the member that a pointer leads to, or that holds the array it leads into; null: there is none.</summary>
    public static string? LastName(string pointer) => Names(pointer).LastOrDefault(name => IndexOf(name) is null);

    /// <summary>The same with the place of an element, as <c>scopes[0]</c>.</summary>
    public static string? LastNameWithPlace(string pointer)
    {
        var names = Names(pointer);
        var last = Array.FindLastIndex(names, name => IndexOf(name) is null);
        return last < 0 ? null : names[last] + string.Concat(names[(last + 1)..].Select(index => $"[{index}]"));
    }

    /// <summary>Whether a pointer leads to an element of a list.</summary>
    public static bool IsOfElement(string pointer) => IndexOf(Names(pointer).LastOrDefault() ?? "") is not null;

    /// <summary>The pointer to what holds it; null of the whole document.</summary>
    public static string? Parent(string pointer) => pointer.LastIndexOf('/') is >= 0 and var end ? pointer[..end] : null;

    /// <summary>Takes a member away, or puts null in the place of an element, so that the others stay where they are. Whether it was there.</summary>
    public static bool Remove(JsonNode document, string pointer)
    {
        if (Parent(pointer) is not { } parent || Find(document, pointer) is null)
            return false;
        var name = Names(pointer)[^1];
        if (Find(document, parent) is not JsonArray items)
            return Find(document, parent) is JsonObject members && members.Remove(name);
        items[IndexOf(name)!.Value] = null;
        return true;
    }

    /// <summary>The name that stands escaped in a pointer.</summary>
    public static string Unescape(string name) => name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    private static string[] Names(string pointer) => [.. pointer.Split('/').Skip(1).Select(Unescape)];

    private static int? IndexOf(string name) => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}
