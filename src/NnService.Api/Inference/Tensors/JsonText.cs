using System.Text.Json;
using NnService.Api.Errors;

namespace NnService.Api.Inference.Tensors;

/// <summary>Reads texts of a JSON body that has been found to be Unicode.</summary>
internal static class JsonText
{
    /// <summary>The string the reader stands at. Errors: <see cref="ProblemException"/> where it is none.</summary>
    public static string Of(ref Utf8JsonReader reader, string what)
    {
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            throw Refusal.Exception(400, $"{what} must be a string.");
        return reader.GetString()!;
    }
}
