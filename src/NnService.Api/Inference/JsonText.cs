using System.Text.Json;
using NnService.Api.Errors;

namespace NnService.Api.Inference;

/// <summary>Reads texts of a JSON body.</summary>
internal static class JsonText
{
    /// <summary>The string the reader stands at. Errors: <see cref="ProblemException"/> where it is none, or no Unicode.</summary>
    public static string Of(ref Utf8JsonReader reader, string what)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            throw Refusal.Exception(400, $"{what} must be a string.");
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refusal.Exception(400, $"{what} is not valid Unicode: it has half of a surrogate pair, or bytes that are not UTF-8.");
        }
    }
}
