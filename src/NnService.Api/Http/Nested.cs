using System.Text.Json;

namespace NnService.Api.Http;

internal static class Nested
{
    /// <summary>Reads a value inside a converter, keeping the path of what is wrong in it.</summary>
    public static T Read<T>(ref Utf8JsonReader reader, JsonSerializerOptions options)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(ref reader, options)!;
        }
        catch (JsonException inner)
        {
            throw NnService.Engine.Specs.SpecJson.Nested(inner);
        }
    }
}
