using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace NnService.Engine.Specs;

/// <summary>Finds strings in JSON that are no Unicode: half of a surrogate pair as an escape (<c>"\ud800"</c>), or bytes that are not UTF-8.</summary>
/// <remarks>The framework's reader takes both for JSON, and throws as late as where a string is taken out.</remarks>
public static class JsonUnicode
{
    private const int MostDepth = 64; // the framework's readers' own limit

    /// <summary>
    /// JSON pointer, as a URI fragment, to the first string that is no Unicode, or to the object with such a name in it; null where all are Unicode.
    /// </summary>
    /// <param name="utf8">The text; a plain one costs two scans.</param>
    /// <exception cref="JsonException">The text is not JSON; not told of a text without such an escape.</exception>
    public static string? FirstBad(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) && utf8.IndexOf("\\ud"u8) < 0 && utf8.IndexOf("\\uD"u8) < 0 ? null : Search(utf8);

    private static string? Search(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MostDepth });
        var names = new string?[MostDepth + 1]; // of the member at each depth; null in an array
        var indices = new int[MostDepth + 1]; // of the element at each depth; -1 before the first
        while (reader.Read())
        {
            var depth = reader.CurrentDepth;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    if (!IsUnicode(ref reader))
                        return Pointer(names, indices, depth - 1);
                    names[depth] = reader.GetString();
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    continue;
            }

            if (names[depth] is null)
                indices[depth]++;
            if (reader.TokenType == JsonTokenType.String && !IsUnicode(ref reader))
                return Pointer(names, indices, depth);
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                (names[depth + 1], indices[depth + 1]) = (null, -1);
        }

        return null;
    }

    private static bool IsUnicode(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return Utf8.IsValid(reader.ValueSpan);
        try
        {
            _ = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Pointer(string?[] names, int[] indices, int depth)
    {
        var pointer = new StringBuilder("#");
        for (var i = 1; i <= depth; i++)
            pointer.Append('/').Append(names[i] is { } name ? SpecJson.Escape(name) : indices[i].ToString(System.Globalization.CultureInfo.InvariantCulture));
        return pointer.ToString();
    }
}
