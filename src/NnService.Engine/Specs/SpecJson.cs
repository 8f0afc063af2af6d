using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NnService.Engine.Specs;

/// <summary>How specs are written and read: camelCase, strict, finite numbers only.</summary>
public static class SpecJson
{
    private const string InnerPath = "NnService.InnerPath";

    /// <summary>The one set of options for specs, encodings and everything stored.</summary>
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions());

    /// <summary>Applies the rules of the wire to a set of options.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowDuplicateProperties = false;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new CamelCaseEnumConverterFactory());
        options.Converters.Add(new FiniteDoubleConverter());
        options.Converters.Add(new WholeNumberConverter<int>(""));
        options.Converters.Add(new WholeNumberConverter<long>(""));
        options.Converters.Add(new WholeNumberConverter<ulong>(", 0 or above, at most 18446744073709551615"));
        return options;
    }

    /// <summary>
    /// The place an exception of the serializer speaks of, as a JSON pointer in a URI fragment (RFC 6901), for example <c>#/layers/0/units</c>.
    /// </summary>
    public static string PointerOf(JsonException exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return "#" + ToPointer(exception.Path) + ToPointer(exception.Data[InnerPath] as string);
    }

    /// <summary>The same for an exception that speaks of a member by name.</summary>
    /// <remarks>The serializer's path stops at the object in some cases and at the member in others.</remarks>
    public static string PointerOf(JsonException exception, string member)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var path = (exception.Path ?? "$") + (exception.Data[InnerPath] as string)?.TrimStart('$');
        foreach (var written in new[] { $"['{member}']", $".{member}" })
            if (path.EndsWith(written, StringComparison.Ordinal))
                return $"#{ToPointer(path[..^written.Length])}/{Escape(member)}";
        return $"#{ToPointer(path)}/{Escape(member)}";
    }

    /// <summary>An exception about a place inside the value being read.</summary>
    internal static JsonException At(string path, string message)
    {
        var exception = new JsonException(message);
        exception.Data[InnerPath] = path;
        return exception;
    }

    /// <summary>Passes an exception of a nested call on, keeping the path inside it.</summary>
    public static JsonException Nested(JsonException inner)
    {
        var outer = new JsonException(inner.Message, path: null, null, null, inner);
        outer.Data[InnerPath] = inner.Path + (inner.Data[InnerPath] as string)?.TrimStart('$');
        return outer;
    }

    // "$.layers[0].units" → "/layers/0/units"; names with odd characters stand as ['a.b'].
    private static string ToPointer(string? path)
    {
        if (string.IsNullOrEmpty(path))
            return "";
        var pointer = new StringBuilder();
        for (var i = path[0] == '$' ? 1 : 0; i < path.Length;)
        {
            int end;
            string name;
            if (path[i] == '[' && i + 1 < path.Length && path[i + 1] == '\'')
            {
                end = EndOfName(path, i + 2);
                name = path[(i + 2)..end];
                i = Math.Min(end + 2, path.Length);
            }
            else if (path[i] == '[')
            {
                end = path.IndexOf(']', i);
                end = end < 0 ? path.Length : end;
                name = path[(i + 1)..end];
                i = Math.Min(end + 1, path.Length);
            }
            else
            {
                i += path[i] == '.' ? 1 : 0;
                end = path.IndexOfAny(['.', '['], i);
                end = end < 0 ? path.Length : end;
                name = path[i..end];
                i = end;
            }

            pointer.Append('/').Append(Escape(name));
        }

        return pointer.ToString();
    }

    // The serializer writes names as they are: a quote and a bracket inside one end it only where a path can go on behind them.
    private static int EndOfName(string path, int start)
    {
        for (var end = start; (end = path.IndexOf("']", end, StringComparison.Ordinal)) >= 0; end++)
            if (end + 2 == path.Length || path[end + 2] is '.' or '[')
                return end;
        return path.Length;
    }

    /// <summary>Escapes a name for use in a JSON pointer.</summary>
    public static string Escape(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
    }
}

/// <summary>Refuses numbers that a double cannot hold: <c>1e400</c> would silently become infinity.</summary>
internal sealed class FiniteDoubleConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
            throw new JsonException("Expected a number.");
        var value = reader.GetDouble();
        return double.IsFinite(value) ? value : throw new JsonException("The number is too large: at most about 1.8e308 fits.");
    }

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
