using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>All that is wrong in a JSON body, where its reader stops at the first thing: the body is read again without that, and so on.</summary>
internal static class BodyMistakes
{
    private const int Most = 20; // readings
    private const string Required = "was missing required properties"; // one of those may have been taken away
    private const int MostBytes = 64 << 10; // of a body that is read so often

    /// <summary>The refusal.</summary>
    /// <param name="json">The body.</param>
    /// <param name="first">What the reader has said of it.</param>
    public static ProblemException Of<T>(ReadOnlySpan<byte> json, JsonException first)
    {
        if (json.Length > MostBytes || JsonRefusal.IsSyntax(first) || Document(json) is not { } document)
            return JsonRefusal.From(first);
        var items = new List<ProblemItem>();
        var removed = new List<string>();
        for (var mistake = first; mistake is not null && items.Count < Most; mistake = Read<T>(document, removed, items))
        {
            var item = JsonRefusal.From(mistake, document).Problem.Errors[0];
            var isConsequence = items.Count > 0
                && (item.Pointer is null or "#" || JsonPointer.Find(document, Whole(item.Pointer)) is null
                    || mistake.Message.Contains(Required, StringComparison.Ordinal));
            if (!isConsequence)
                items.Add(item);
            if (isConsequence || !Remove(document, item.Pointer!, removed))
                break;
        }

        return new ProblemException(Refusal.Of(
            400, items.Count == 1 ? items[0].Detail : $"{items.Count} things in the request need a change; the first: {items[0].Detail}", items));
    }

    // Reads what is left. Once nothing stops the reader any more, the limits of single values are looked at, unless there are holes in lists.
    private static JsonException? Read<T>(JsonNode document, List<string> removed, List<ProblemItem> items)
    {
        try
        {
            if (document.Deserialize<T>(WireJson.Options) is { } read and not Spec && !removed.Exists(JsonPointer.IsOfElement))
                items.AddRange(SpecCheck.Problems(read).Where(problem => !IsFor(problem.Pointer, removed))
                    .Select(problem => new ProblemItem(problem.Detail, problem.Pointer)));
            return null;
        }
        catch (JsonException next)
        {
            return next;
        }
    }

    private static bool Remove(JsonNode document, string pointer, List<string> removed)
    {
        removed.Add(Whole(pointer));
        return JsonPointer.Remove(document, Whole(pointer));
    }

    // What a spec is, is said by its type: without it nothing else in it can be understood.
    private static string Whole(string pointer) => pointer.EndsWith("/type", StringComparison.Ordinal) ? JsonPointer.Parent(pointer)! : pointer;

    // Below what was taken away, or in the object that it was taken from, whose rules may speak of it; the body itself has none.
    private static bool IsFor(string pointer, List<string> removed) => removed.Any(gone =>
        IsAt(pointer, gone) || (JsonPointer.Parent(gone) is { Length: > 1 } holder && IsAt(pointer, holder)));

    private static bool IsAt(string pointer, string place) =>
        pointer == place || (pointer.StartsWith(place, StringComparison.Ordinal) && pointer[place.Length] == '/');

    private static JsonNode? Document(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return null; // a member stands there twice
        }
    }
}
