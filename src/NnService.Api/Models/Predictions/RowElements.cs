using System.Text.Json;
using System.Text.Json.Serialization;

namespace NnService.Api.Models.Predictions;

/// <summary>Reads an array of rows as elements of one document: by itself the serializer makes a document of each, which takes several times the
/// memory.</summary>
internal sealed class RowElements : JsonConverter<IReadOnlyList<JsonElement>>
{
    public override IReadOnlyList<JsonElement> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.StartArray ? [.. JsonElement.ParseValue(ref reader).EnumerateArray()] : throw new JsonException("Expected an array.");

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<JsonElement> value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, options);
}
