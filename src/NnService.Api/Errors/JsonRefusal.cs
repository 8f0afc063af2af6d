using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Specs;

namespace NnService.Api.Errors;

/// <summary>Turns an exception of the JSON reader into a refusal that names the place and speaks no CLR.</summary>
/// <remarks>What the caller has sent stands inside the reader's messages, so these are taken apart at their fixed ends, never searched by patterns.</remarks>
internal static class JsonRefusal
{
    private const string AString = "a string";
    private const string AnArray = "an array";
    private const string AnObject = "an object";
    private const string Anywhere = "Check its spelling and its place, or leave it out.";

    private const string Unmapped = "' could not be mapped to any .NET member";

    /// <param name="exception">What the reader has thrown.</param>
    /// <param name="document">What it has read, to say which value is wrong; null: it is not known.</param>
    public static ProblemException From(JsonException exception, JsonNode? document = null)
    {
        var message = WithoutPlace(exception);
        if (Between(message, "The JSON property '", Unmapped) is { } unknown)
            return Refusal.Exception(
                400,
                $"Unknown property \"{Echo.Cut(unknown)}\".{NearestNames.Suggestion(MembersIn(message), unknown)} {PlaceOf(message, unknown)}",
                SpecJson.PointerOf(exception, unknown));
        if (Between(message, "Duplicate property '", "' encountered") is { } repeated)
            return Repeated(repeated, SpecJson.PointerOf(exception));
        if (message.StartsWith(Unconverted, StringComparison.Ordinal))
            return Unfit(message[Unconverted.Length..].TrimEnd('.'), SpecJson.PointerOf(exception), document);
        if (Between(message, "JSON deserialization for type '", "' was missing required properties including: ") is not null)
            return Refusal.Exception(400, $"Properties are missing: {message.Split(": ")[^1]}", SpecJson.PointerOf(exception));
        if (!IsSyntax(exception))
            return Refusal.Exception(
                400, IsForeign(message) ? "This cannot be understood here." : WithValue(message, SpecJson.PointerOf(exception), document), SpecJson.PointerOf(exception));
        var place = exception.LineNumber is { } line ? $" (line {line + 1}, byte {exception.BytePositionInLine + 1})" : "";
        return Refusal.Exception(400, $"The body is not valid JSON: {JsonMistake.Describe(message)}{place}", "#");
    }

    /// <summary>The refusal of a member that an object has twice.</summary>
    public static ProblemException Repeated(string name, string pointer) =>
        Refusal.Exception(400, $"Property \"{Echo.Cut(name)}\" stands there twice; leave one of them out.", pointer);

    /// <summary>The refusal of a member of the body that is no string.</summary>
    public static ProblemException NoString(string name, JsonElement value) =>
        Unfit(typeof(string).FullName!, "#/" + SpecJson.Escape(name), new JsonObject { [name] = JsonNode.Parse(value.GetRawText()) });

    /// <summary>Refuses a body with a string that is no Unicode, which the framework would fail on where it is read. Errors: <see cref="ProblemException"/>
    /// with a pointer; <see cref="JsonException"/>.</summary>
    public static void UnlessUnicode(ReadOnlySpan<byte> utf8)
    {
        if (ByteOrderMark.OtherEncoding(utf8) is { } encoding)
            throw Refusal.Exception(400, $"The body is {encoding}; send it as UTF-8.", "#");
        if (JsonUnicode.FirstBad(utf8) is { } pointer)
            throw Refusal.Exception(
                400, $"A text at {Echo.CutPointer(pointer)} is not valid Unicode: it has half of a surrogate pair, or bytes that are not UTF-8.", pointer);
    }

    private const string InType = " contained in type '";
    private const string Unconverted = "The JSON value could not be converted to ";

    // "… Path: $.a | LineNumber: 0 | BytePositionInLine: 7." is what the reader adds; a nested call of it has added its own before.
    private static string WithoutPlace(JsonException exception)
    {
        var message = exception.Message;
        for (Exception? at = exception; at is not null; at = at.InnerException)
        {
            if (at is not JsonException { LineNumber: { } line, BytePositionInLine: { } position } json)
                continue;
            var place = $" LineNumber: {line} | BytePositionInLine: {position}.";
            if (!message.EndsWith(place, StringComparison.Ordinal))
                continue;
            message = message[..^place.Length];
            var path = $" Path: {json.Path} |";
            if (message.EndsWith(path, StringComparison.Ordinal))
                message = message[..^path.Length];
        }

        return message;
    }

    // The last end counts: the name before it may hold the same words.
    private static string? Between(string message, string start, string end)
    {
        if (!message.StartsWith(start, StringComparison.Ordinal))
            return null;
        var at = message.LastIndexOf(end, StringComparison.Ordinal);
        return at < start.Length ? null : message[start.Length..at];
    }

    /// <summary>Whether the text is no JSON at all, so that nothing else can be said of it.</summary>
    /// <remarks>The low-level reader's own exception type is internal; everything else is raised by converters, ours included.</remarks>
    public static bool IsSyntax(JsonException exception)
    {
        for (Exception? at = exception; at is not null; at = at.InnerException)
            if (at.GetType().Name == "JsonReaderException")
                return true;
        return false;
    }

    // The serializer's own sentences name CLR types; those of our converters do not.
    private static bool IsForeign(string message) =>
        message.Contains("'System.", StringComparison.Ordinal) || message.Contains("'NnService.", StringComparison.Ordinal)
        || message.Contains("deserializ", StringComparison.Ordinal);

    private static string Kind(string clrType) => clrType switch
    {
        _ when IsList(clrType) => AnArray,
        _ when clrType.Contains("Dictionary", StringComparison.Ordinal) => AnObject,
        _ when clrType.Contains("Int32", StringComparison.Ordinal) => "a whole number",
        _ when clrType.Contains("UInt64", StringComparison.Ordinal) => "a whole number, 0 or above",
        _ when clrType.Contains("Int64", StringComparison.Ordinal) => "a whole number",
        _ when clrType.Contains("DateTime", StringComparison.Ordinal) => "a time such as \"2026-01-31T12:00:00Z\"",
        _ when clrType.Contains("Double", StringComparison.Ordinal) => "a number",
        _ when clrType.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when clrType.Contains("String", StringComparison.Ordinal) => AString,
        _ => AnObject,
    };

    // What holds others is named before the first bracket, as in IReadOnlyList`1[…].
    private static bool IsList(string clrType) =>
        clrType.EndsWith("[]", StringComparison.Ordinal) || clrType.Split('[')[0].Contains("List`", StringComparison.Ordinal);

    // The name of a field that takes one of a few words is told: several of them may be wrong at once.
    private static ProblemException Unfit(string clrType, string pointer, JsonNode? document)
    {
        var given = JsonPointer.Find(document, pointer);
        if (IsList(clrType) || TypeNamed(clrType) is not { IsEnum: true } type)
            return Refusal.Exception(400, WithValue($"Expected {Kind(clrType)}.", pointer, document) + Instead(clrType, given), pointer);
        var words = Words(type);
        var name = JsonPointer.LastNameWithPlace(pointer);
        return Refusal.Exception(
            400,
            (given is null || name is null ? "Expected " : $"{Echo.Cut(name)} is {Echo.Cut(given.ToJsonString(SpecJson.Options))}; expected ")
            + $"one of {string.Join(", ", words.Select(word => $"\"{word}\""))}."
            + (given is JsonValue value && value.TryGetValue(out string? text) ? NearestNames.Suggestion(words, text) : ""),
            pointer);
    }

    private static string[] Words(Type type) => [.. Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)];

    // What was probably meant: a text without its quotes, as labels are texts whatever they look like; a list of one; or the name of what is named by an
    // object.
    private static string Instead(string clrType, JsonNode? given)
    {
        if (given is not JsonValue value || value.GetValueKind() is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False))
            return "";
        var (isText, kind) = (value.TryGetValue(out string? text), Kind(clrType));
        if (!isText && kind == AString)
            return $" Put it in quotes: \"{Echo.Cut(given.ToJsonString())}\".";
        if (isText && kind == AnArray)
            return TypeNamed(clrType) is { } element && (element == typeof(string) || (element.IsEnum && Words(element).Contains(text)))
                ? $" Write [{Echo.Cut(given.ToJsonString(SpecJson.Options))}]."
                : "";
        return isText && kind == AnObject && TypeNamed(clrType)?.GetProperty("Name")?.IsDefined(typeof(RequiredAttribute)) == true
            ? $" Write {{\"name\": {Echo.Cut(given.ToJsonString(SpecJson.Options))}}}."
            : "";
    }

    // "Expected a whole number; epochs is "many".": a sentence that says which field it speaks of.
    private static string WithValue(string message, string pointer, JsonNode? document) =>
        message.StartsWith("Expected ", StringComparison.Ordinal) && JsonPointer.LastNameWithPlace(pointer) is { } name && JsonPointer.Find(document, pointer) is { } given
            ? $"{message.TrimEnd('.')}; {Echo.Cut(name)} is {given switch
            {
                JsonObject => "an object",
                JsonArray => "an array",
                _ => Echo.Cut(given.ToJsonString(SpecJson.Options)),
            }}."
            : message;

    private static string PlaceOf(string message, string unknown) =>
        TypeIn(message)?.GetCustomAttribute<UnknownMembersAttribute>() is { } known ? known.About(unknown) : Anywhere;

    private static Type? TypeIn(string message) =>
        message.LastIndexOf(InType, StringComparison.Ordinal) is >= 0 and var at ? TypeNamed(message[(at + InType.Length)..].TrimEnd('.', '\'')) : null;

    private static IEnumerable<string> MembersIn(string message) =>
        TypeIn(message) is { } type
            ? WireJson.Options.GetTypeInfo(type).Properties.Select(property => property.Name)
            : [];

    private static Type? TypeNamed(string clrType)
    {
        var name = clrType.Split('[').Last().TrimEnd(']');
        return Type.GetType(name) ?? typeof(Spec).Assembly.GetType(name) ?? typeof(JsonRefusal).Assembly.GetType(name);
    }
}
