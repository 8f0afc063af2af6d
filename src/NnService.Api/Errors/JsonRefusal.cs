using System.Text.Json;
using System.Text.RegularExpressions;
using NnService.Engine.Specs;

namespace NnService.Api.Errors;

/// <summary>Turns an exception of the JSON reader into a refusal that names the place and speaks no CLR.</summary>
internal static partial class JsonRefusal
{
    public static ProblemException From(JsonException exception)
    {
        var pointer = SpecJson.PointerOf(exception);
        var (isSyntax, detail) = Explain(exception);
        if (Unmapped().Match(exception.Message) is { Success: true } unmapped)
        {
            // The reader's path stops at the object in some cases and at the member in others.
            var member = '/' + SpecJson.Escape(unmapped.Groups[1].Value);
            pointer = pointer.EndsWith(member, StringComparison.Ordinal) ? pointer : pointer + member;
        }

        return isSyntax ? Refusal.Exception(400, detail, "#") : Refusal.Exception(400, detail, pointer);
    }

    /// <summary>Refuses a body with a string that is no Unicode, which the framework would fail on where it is read. Errors: <see cref="ProblemException"/> with a pointer; <see cref="JsonException"/>.</summary>
    public static void UnlessUnicode(ReadOnlySpan<byte> utf8)
    {
        if (JsonUnicode.FirstBad(utf8) is { } pointer)
            throw Refusal.Exception(400, $"A text at {pointer} is not valid Unicode: it has half of a surrogate pair, or bytes that are not UTF-8.", pointer);
    }

    private static (bool IsSyntax, string Detail) Explain(JsonException exception)
    {
        var message = exception.Message;
        if (Unmapped().Match(message) is { Success: true } unmapped)
            return (false, $"Unknown property \"{unmapped.Groups[1].Value}\". Check its spelling and its place, or leave it out.");
        if (Duplicate().Match(message) is { Success: true } duplicate)
            return (false, $"Property \"{duplicate.Groups[1].Value}\" stands there twice; leave one of them out.");
        if (Unconverted().Match(message) is { Success: true } unconverted)
            return (false, $"Expected {Kind(unconverted.Groups[1].Value)}.");
        var text = Position().Replace(message, "");
        if (text.Contains("depth to be zero", StringComparison.Ordinal) || text.Contains("isFinalBlock", StringComparison.Ordinal))
            text = "It ends too early: a bracket, a brace or a quote is not closed.";
        return !IsSyntax(exception)
            ? (false, text)
            : (true, $"The body is not valid JSON: {text}{(exception.LineNumber is { } line ? $" (line {line + 1}, byte {exception.BytePositionInLine + 1})" : "")}");
    }

    // The low-level reader's own exception type is internal; everything else is raised by converters, ours included.
    private static bool IsSyntax(JsonException exception)
    {
        for (Exception? at = exception; at is not null; at = at.InnerException)
            if (at.GetType().Name == "JsonReaderException")
                return true;
        return false;
    }

    private static string Kind(string clrType) => clrType switch
    {
        _ when clrType.Contains("Int32", StringComparison.Ordinal) => "a whole number, at most 2147483647",
        _ when clrType.Contains("UInt64", StringComparison.Ordinal) => "a whole number, 0 or above",
        _ when clrType.Contains("Int64", StringComparison.Ordinal) => "a whole number",
        _ when clrType.Contains("Dictionary", StringComparison.Ordinal) => "an object",
        _ when clrType.Contains("List", StringComparison.Ordinal) || clrType.Contains("[]", StringComparison.Ordinal) => "an array",
        _ when clrType.Contains("Double", StringComparison.Ordinal) => "a number",
        _ when clrType.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when clrType.Contains("String", StringComparison.Ordinal) => "a string",
        _ => EnumNames(clrType) ?? "an object",
    };

    private static string? EnumNames(string clrType)
    {
        var name = clrType.Split('[').Last().TrimEnd(']');
        var type = Type.GetType(name) ?? typeof(Spec).Assembly.GetType(name) ?? typeof(JsonRefusal).Assembly.GetType(name);
        return type is { IsEnum: true }
            ? $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName).Select(value => $"\"{value}\""))}"
            : null;
    }

    [GeneratedRegex("^The JSON property '(.*)' could not be mapped")]
    private static partial Regex Unmapped();

    [GeneratedRegex("^Duplicate property '(.*)' encountered")]
    private static partial Regex Duplicate();

    [GeneratedRegex("^The JSON value could not be converted to (.+?)\\. Path:")]
    private static partial Regex Unconverted();

    [GeneratedRegex("( Path: .*)?( ?\\|? ?LineNumber: .*)$", RegexOptions.Singleline)]
    private static partial Regex Position();
}
